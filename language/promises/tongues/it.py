"""Italian."""

from language.promises.tongues.tongue import Tongue

_FUTURE = r"(?!(?:saremo|potremo|proveremo|cercheremo|apriremo|chiuderemo|resteremo|dovremo|vorremo|continueremo|spereremo|staremo|vedremo se)\b)"

IT = Tongue(
    weekdays=("lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica"),
    months=("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    days={"dopodomani|dopo domani": "2", "domani": "1", "oggi(?: stesso)?": "0", "stasera|stanotte": "0 evening"},
    parts={r"(?:in |di |la |nella )?(?:mattina|mattinata|mattino)|prima mattina|stamattina": "12", r"(?:a )?mezzogiorno|(?:l'ora di )?pranzo": "12", r"(?:di |nel |il )?(?:primo |tardo )?pomeriggio": "18", r"(?:in |di |la |nella )?(?:sera|serata)": "22", r"(?:la )?fine (?:della )?giornata|(?:la )?chiusura|fine giornata": "end", r"mezzanotte": "24"},
    units={r"min(?:ut[oi])?": "minute", r"or[ae]|h": "hour", r"giorn[oi] lavorativ[oi]": "workday", r"giorn[oi]": "day", r"settiman[ae]": "week", r"mes[ei]": "month"},
    numbers={"mezz'": "0.5", "mezza": "0.5", "(?:le |i )?prossim[ei]": "4", "pochi|poche|qualche|alcuni": "4", "un paio di": "2", "(?:un'|un|una|uno)": "1", "due": "2", "tre": "3", "quattro": "4", "cinque": "5", "sei": "6", "sette": "7", "otto": "8", "nove": "9", "dieci": "10", "dodici": "12", "quindici": "15", "venti": "20", "ventiquattro": "24", "trenta": "30", "quarantotto": "48"},
    periods={
        r"(?:la )?fine (?:della |di questa )?settimana(?! prossima)|(?:questa|in) settimana|fine settimana(?= lavorativa)|la settimana(?! prossima)|(?:il )?corso della settimana": "week", r"(?:l'|a |ad )?inizio (?:della )?(?:settimana prossima|prossima settimana)": "early next week",
        r"(?:la )?(?:fine della )?(?:settimana prossima|prossima settimana)": "next week", r"(?:il |questo |nel )?(?:fine settimana|weekend)": "weekend",
        r"(?:la )?fine (?:del |di questo )?mese|questo mese": "month", r"(?:il )?(?:mese prossimo|prossimo mese)": "next month",
        r"(?:la )?fine (?:della )?giornata|(?:la )?chiusura": "day end", r"in giornata": "rest of today", r"stamattina|questa mattina|mattinata": "morning", r"(?:questo|oggi) pomeriggio": "afternoon", r"questa sera|stasera": "evening",
    },
    within=r"entro(?: le| i| le prossime| i prossimi)?|in(?: meno di)?|tra|fra|nel giro di|nell'arco di|nelle|nei|dacci|dateci|ci dia|entro e non oltre",
    by=r"entro(?: e non oltre)?(?: il| la| l'| le)?|per|al piu tardi(?: entro)?|non oltre(?: il)?|fino a",
    before=r"prima (?:di|del|della|delle|dell')",
    on=r"il|la|nel corso d(?:i|el|ella)|in|nella|nel|a|alle|verso|gia|di|per|questo|questa|a partire da|da|dal|all'",
    next_=r"(?:prossim[oa]|quest[oa]|il prossimo|la prossima|l[oa] stess[oa])",
    latest=r"al piu tardi|al massimo|prossim[oa]|stesso|stessa|senza meno",
    joins=r"alle|entro le|verso le|,|in|prima delle|a|ore|di|nel|il|per le|entro|al|dopo",
    at=r"alle|entro le|verso le|prima delle|per le|dopo le",
    clock=r"(?:le |ore )?(?P<hour2>\d{1,2})[:.](?P<minute2>\d{2})|(?:le|ore) (?P<hour>\d{1,2})(?: (?:di|del) (?P<half>mattina|pomeriggio|sera))?|(?P<hour3>\d{1,2}) (?:di|del) (?P<half3>mattina|pomeriggio|sera)",
    date=r"(?:il |l')?(?P<day>\d{1,2})(?:°)? (?P<month>MONTH)(?: (?P<year>20\d\d))?|(?:il )?(?P<day3>\d{1,2})/(?P<month3>\d{1,2})(?:/(?P<year3>(?:20)?\d\d))?|il (?:giorno )?(?P<day4>\d{1,2})(?! \w)",
    commits=(
        rf"\b(?:ti |vi |le |lo |la |li |ci |gli |te |ve |glie){{0,3}}\b{_FUTURE}\w+(?:eremo|iremo|aremo|remo)\b", r"\b(?:ti |vi |le |lo |la |te |mi )?(?!saro\b|potro\b|provero\b|dovro\b|vorro\b|cerchero\b)\w{2,}(?:ero|iro|aro)\b(?<!numero)(?<!intero)(?<!libero)(?<!chiaro)(?<!caro)(?<!denaro)(?<!giro)(?<!ritiro)(?<!sincero)(?<!davvero)(?<!raro)(?<!amaro)(?<!sicuro)(?<!pensiero)(?<!corriero)(?<!zero)(?<!vero)(?<!mistero)(?<!straniero)(?<!leggero)(?<!spero)(?<!magari)",
        r"\b(?:ti|vi|le|glielo|te lo|te la|ve lo|ve la|te li) (?:rispondiamo|scriviamo|chiamiamo|richiamiamo|ricontattiamo|contattiamo|avvisiamo|aggiorniamo|informiamo|facciamo sapere|diciamo|mandiamo|inviamo|spediamo|rimborsiamo|teniamo (?:aggiornat\w|informat\w)|confermiamo|scrivo|chiamo|richiamo|rispondo|mando|faccio sapere|aggiorno|avviso|confermo|diamo (?:una risposta|notizie|conferma|riscontro)|do (?:una risposta|notizie)|assicuriamo|promettiamo)\b",
        r"\b(?:qualcuno|un collega|una collega|un nostro \w+|il team|la collega|il collega|il nostro \w+|la nostra \w+)(?: \w+){0,5}? (?:ti|vi|le|si|lo|la) (?:lo )?(?:risponde(?:ra)?|scrive(?:ra)?|chiama|chiamera|richiama|richiamera|ricontatta|ricontattera|contatta|contattera|aggiorna|avvisa|fa sapere|fara sapere|mette(?:ra)? in contatto|fara vivo|fara viva|occupa|occupera|manda|mandera|invia|inviera)\b",
        r"\b(?:riceverai|ricevera|riceverete|avrai(?! bisogno)|avra (?:una|il|la|notizie|risposta|un)|avrete (?:una|il|la|notizie|risposta|un)|ti arrivera|le arrivera|vi arrivera|saprai|ti verra|le verra|sarai (?:rimborsat|ricontattat|contattat)\w|sara (?:rimborsat|ricontattat|contattat|spedit|inviat|accreditat|consegnat|sostituit|riparat)\w)\b",
        r"\b(?:ti|vi|la|le|te lo|te la|ve lo|glielo) (?!(?:piac|serv|sembr|bast|aiut|interess|stup|conquist)\w*)\w+(?:era|ira|ara)\b", r"\b(?:il nostro|la nostra|i nostri|le nostre) (?:\w+ ){1,4}?(?!(?:apr|chiud|sar|potr)\w*)\w+(?:era|ira|ara|eranno|iranno)\b", r"\b(?:dacci|dateci|ci dia)\b", r"\bci (?:pensiamo|occupiamo|facciamo (?:vivi|sentire|risentire)|sentiamo|faremo|risentiamo|mettiamo in contatto)\b", r"\bme ne occupo\b|\bce ne occupiamo\b|\bci penso io\b", r"\b(?:promettiamo|prometto|promesso|ci impegniamo|mi impegno)\b", r"\bmi faccio (?:vivo|viva|sentire)\b",
        r"\b(?:il tuo|la tua|il suo|la sua|il|la) (?:\w+ ){1,3}(?:partira|arrivera|sara (?:da te|pront|sul tuo|sul suo|spedit|rimborsat|accreditat|a casa))\w*",
        r"\b(?:andiamo|andremo|vado) a (?:verificare|controllare|vedere|chiedere)\b",
    ),
    acts=(
        r"\b(?:ti |vi |le |lo |la |te lo |ve lo )?(?:verifichiamo|controlliamo|guardiamo|inviamo|mandiamo|spediamo|sistemiamo|risolviamo|sostituiamo|consegniamo|ripariamo|chiediamo|facciamo|rimborsiamo|passiamo|prepariamo|correggiamo|accreditiamo|torniamo|abbiamo|verifico|controllo|chiedo|faccio|passo|spedisco|torno|guardo|sistemo)\b",
        r"\b(?:parte|arriva|arrivera|partira|sara|avrai|hai|ricevi|riceve|segue|e pronto|e da te|esce)\b", r"\b(?:risposta|notizie|aggiornamento|aggiornamenti|riscontro)\b",
    ),
    voids=(r"\b(?:potremmo|potrebbe|potresti|possiamo|puoi|puo|potete|forse|magari|speriamo|proviamo|proveremo|cercheremo|cerchiamo di|probabilmente|dovremmo|dovrebbe|vorremmo|ci piacerebbe|devi|deve|dovete)\b", r"\b(?:siamo aperti|saremo aperti|aperti|apert[oai]|chius[oia]|apriamo|chiudiamo|orari[oi]?)\b", r"\b(?:sempre|di solito|normalmente|in genere|generalmente|ogni(?! caso))\b"),
    pasts=(
        r"\b(?:abbiamo|ho|ha|hanno|aveva|avevamo)(?: gia)? \w+[oaie]\b",
        r"\bl'abbiamo\b|\bieri\b|\be stat[oa]\b|\bsono stat[ie]\b|\bgia\b",
        r"\bl'appuntamento\b",
    ),
    conditions=r"\b(?:se(?! (?:serve|necessario|occorre|ne))|nel caso|in caso di|qualora|a condizione|appena (?:ci|mi|riceviamo|hai|avrai|avremo i tuoi)|quando (?:ci|vuoi|puoi|hai|avrai)|una volta (?:che|ricevut\w))\b",
    whether=r"\b(?:vedere|verificare|chiedere|sapere|controllare|confermare|dire|diremo|verifichiamo|controlliamo|chiediamo|vediamo|e|sapremo|dirti|anche|capire) $",
    answers=r"rispo|scriv|chiam|ricontatt|contatt|avvis|aggiorn|sapere|inform|notizi|sent|vivi|vivo|dire|riscontro|conferm",
    reader=r"\b(?:ti|te|tu|tuo|tua|tuoi|tue|vi|vostr\w+|suo|sua|rimborso|pacco|ordine|risposta|fattura|soldi|importo|notizie|aggiornament\w+|quell[oa] (?:giust|nuov)[oa]|cassa|correzione|riscontro|ce ne|lo|li)\b",
    markers="il la che di e per non ti grazie ci del un una con sono da entro scusa dispiace al nel lo gli ciao tuo",
)  # fmt: skip
