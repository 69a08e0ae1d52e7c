"""French."""

from language.promises.tongues.tongue import Tongue

_OBJECT = (
    r"(?:(?:vous|te|t'|le|la|les|l'|lui|en|y|leur|nous|me|m'|se|s'|ne manquerons pas de ) ?){0,3}"
)
_FUTURE = r"(?!(?:serons|pourrons|essaierons|essayerons|tacherons|tenterons|ouvrirons|fermerons|resterons|devrons|voudrons|continuerons|esper\w+|aimerons|sera|fermera|ouvrira|pourra|restera|faudra|plaira|suffira|ira|aidera|conviendra)\b)"

FR = Tongue(
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
    days={"apres[- ]demain": "2", "demain": "1", "aujourd'hui(?: meme)?": "0", "ce soir": "0 evening", "des aujourd'hui": "0"},
    parts={r"(?:dans |en )?(?:la |debut de |fin de )?mat(?:in|inee)|a la premiere heure": "12", r"(?:a )?midi": "12", r"(?:dans |en )?(?:l'|debut d'|fin d')?apres[- ]midi": "18", r"(?:dans |en )?(?:la )?soir(?:ee)?": "22", r"(?:la )?fin de (?:la )?journee|(?:la )?fermeture|en fin de journee": "end", r"minuit": "24"},
    units={r"min(?:ute)?s?": "minute", r"heures?|h": "hour", r"jours? ouvr(?:es?|ables?)": "workday", r"jours?": "day", r"semaines?": "week", r"mois": "month"},
    numbers={"une demi-?": "0.5", "demi-?": "0.5", "(?:les )?(?:prochaines|prochains)": "4", "l'": "1", "quelques": "4", "une? a deux": "2", "(?:un|une)": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9", "dix": "10", "douze": "12", "quinze": "15", "vingt": "20", "vingt-quatre": "24", "trente": "30", "quarante-huit": "48"},
    periods={
        r"(?:la )?fin de (?:la |cette )?semaine(?! prochaine)|(?:dans |cette )(?:la )?semaine(?! prochaine)|(?:en )?fin de semaine|courant de la semaine": "week", r"(?:en )?(?:le )?debut de (?:la )?semaine prochaine": "early next week",
        r"(?:la )?(?:fin de (?:la )?)?semaine prochaine": "next week", r"(?:le |ce )?week-?end(?: prochain)?": "weekend",
        r"(?:la )?fin (?:du|de ce) mois|ce mois(?:-ci)?": "month", r"(?:le )?mois prochain": "next month",
        r"(?:la |en )?fin de (?:la )?journee|la fermeture": "day end", r"(?:dans )?(?:ce matin|la matinee)": "morning", r"cet(?:te)? apres[- ]midi|(?:dans )?l'apres[- ]midi": "afternoon", r"ce soir|(?:dans )?la soiree": "evening", r"(?:dans |de )?la journee": "today", r"ce midi": "noon",
    },
    within=r"sous|dans(?: les?| un delai de| moins de)?|d'ici(?: a)?|en(?: moins de)?|au cours des|laissez[- ]nous(?: encore)?|donnez[- ]nous|laisse[- ]nous|donne[- ]nous|sous un delai de|pendant|dans un delai de",
    by=r"d'ici(?: a)?(?: au)?|jusqu'(?:a|au)|pour|au plus tard(?: le| a)?|des",
    before=r"avant(?: le| la)?",
    on=r"le|ce|cette|au cours d(?:e|u)|dans le courant d(?:e|u)|courant|dans|en|a|vers|des|a partir d(?:e|u)|pour|au",
    next_=r"(?:ce|le|prochain|le prochain|mon)",
    latest=r"au plus tard|maximum|prochain|au maximum|matin meme|sans faute",
    joins=r"a|avant|vers|en|,|dans|au plus tard a|pour|le|d'ici|au",
    at=r"(?!)",
    clock=r"(?P<hour>\d{1,2}) ?(?:h|heures)(?: ?(?P<minute>\d{2}))?|(?P<hour2>\d{1,2}):(?P<minute2>\d{2})",
    date=r"(?:le )?(?P<day>\d{1,2})(?:er)? (?P<month>MONTH)(?: (?P<year>20\d\d))?|(?:le )?(?P<day3>\d{1,2})/(?P<month3>\d{1,2})(?:/(?P<year3>(?:20)?\d\d))?|le (?P<day4>\d{1,2})(?:er)?(?! ?h| ?heures| fois| colis| euros)",
    commits=(
        rf"\b(?:nous|et|puis) {_OBJECT}{_FUTURE}\w+rons\b", rf"\bje {_OBJECT}(?!serai\b|pourrai\b|essaierai\b)\w+rai\b", r"\bj'(?:y |en )?(?!aurai besoin|essaierai)\w+rai\b",
        rf"\b(?:on|quelqu'un|un(?:e)? (?:collegue|conseiller|conseillere|technicien|responsable|membre)[^.!?]{{0,30}}?|l'equipe|notre [\w' ]{{3,25}}?|nos [\w' ]{{3,25}}?|il|elle) {_OBJECT}{_FUTURE}(?:\w{{2,}}(?:ra|ront))\b",
        rf"\b(?:nous allons|on va|je vais|et allons|quelqu'un va|notre \w+ va|l'equipe va) {_OBJECT}(?!etre\b|fermer\b|ouvrir\b|essayer\b|devoir\b|pouvoir\b|bien\b|rester\b|tenter\b)\w+(?:er|ir|re|oir)\b",
        r"\b(?:nous|on|je|et|puis|quelqu'un|un collegue|une collegue|l'equipe|notre equipe) (?:revient|revenons|reviens|recontacte|recontactons|rappelle|rappelons|repond|repondons|reponds|ecrit|ecrivons|ecris|previent|prevenons|previens|tient|tenons|tiens|envoie|envoyons|rembourse|remboursons|informe|informons|renvoie|renvoyons|contacte|contactons) (?:vite |tres vite |rapidement |donc |bientot )?(?:vers (?:vous|toi))\b",
        r"\b(?:nous|on|je|et|puis|quelqu'un|un collegue|une collegue|l'equipe|notre equipe)(?: de \w+ \w+)? (?:vous|te|t'|le|la|les|l'|lui) ?(?:vous |te )?(?:recontacte|recontactons|rappelle|rappelons|repond|reponds|repondons|ecrit|ecris|ecrivons|previent|previens|prevenons|tient au courant|tiens au courant|tenons au courant|tenons informe\w*|tient informe\w*|envoie|envoyons|rembourse|remboursons|informe|informons|renvoie|renvoyons|contacte|contactons|confirme|confirmons|donne des nouvelles|donnons des nouvelles|fait signe|faisons signe|dit|disons|promets|promettons)\b",
        r"\bvous (?:recevrez|aurez(?! (?:besoin|le choix|compris|remarque))|serez (?:rembourse|recontacte|livre|prevenu|contacte|informe|rappele|credite)\w*)\b", r"\btu (?:recevras|auras(?! (?:besoin|le choix))|seras (?:rembourse|recontacte|livre|prevenu)\w*)\b",
        r"\b(?:on|nous|je) (?:s'|m'|nous )?(?:en |y )?(?:occupe|occupons|charge|chargeons)\b", r"\bc'est promis\b", r"\b(?:laissez|donnez|laisse|donne)[- ]nous\b", r"\b(?:vous|te|t'|vous en|vous le|te le) ?(?!(?:plai|suffi|faud|aide|convien|serv|ir|permet)\w*)\w{3,}(?:ra|ront)\b", r"\b(?:nous nous engageons|je m'engage|on s'engage)\b",
        r"\b(?:votre|ton|vos|le|la|un|une) (?:[\w-]+ ){1,4}(?:sera|seront|partira|arrivera) (?:chez (?:vous|toi)|effectue\w*|rembourse\w*|envoye\w*|expedie\w*|livre\w*|credite\w*|sur votre compte|remplace\w*|repare\w*|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|pret\w*|d'ici|dans|avant|aujourd'hui|poste\w*|depose\w*|verse\w*|regle\w*|corrige\w*|vire\w*)\b",
    ),
    acts=(
        rf"\b(?:nous|on|je|et|quelqu'un|l'equipe|notre equipe) {_OBJECT}(?:verifi\w+|regard\w+|envo\w+|expedi\w+|fai[st]|faisons|remplac\w+|livr\w+|rembours\w+|appel\w+|repond\w*|ecri\w+|post\w+|rappel\w+|regl\w+|corrig\w+|pass\w+|traite?\w*|repar\w+|revien\w+|reven\w+|donn\w+|prepar\w+|depos\w+|interrog\w+|demand\w+|transmet\w*)\b",
        r"\b(?:part|arrive|suit|sera|seront|aurez|avez|est prevue?|repart|recevez|partira|arrivera|revient|vient)\b", r"\b(?:reponse|nouvelles|retour|des nouvelles|la suite)\b",
    ),
    voids=(r"\b(?:pourrions|pourrait|pourriez|pouvons|pouvez|peut(?:-etre)?|peux|esperons|j'espere|essayons|essaierons|probablement|sans doute|devriez|devrait|devrions|aimerions|voudrions|il faut|devez|normalement)\b", r"\b(?:ouverts?|ouvertes?|fermes?|fermee?s?|ouvrons|fermons|horaires)\b", r"\b(?:toujours|en general|generalement|d'habitude|habituellement|chaque|tous les)\b"),
    pasts=(
        r"\b(?:nous|vous|l'|les|on|leur|lui|en) ?(?:avons|avez|a|ai|aviez|avions)\b",
        r"\bj'ai\b|\ba ete\b|\bont\b|\bhier\b|\bdeja\b",
        r"\b\w{3,}ez(?:-\w+)? ",
        r"\bvotre (?:rendez-vous|table|cours)\b",
    ),
    conditions=r"\b(?:si(?! (?:besoin|necessaire|il le faut))|s'il|s'ils|en cas de|a condition|des que vous|une fois que vous|lorsque vous|quand vous|des reception|sauf)\b",
    whether=r"\b(?:voir|verifier|demander|savoir|regarder|confirmer|dire|dira|dirons|verifions|verifie|demandons|demande|regarde|et|meme|confirmons) $",
    answers=r"rev[ie]|recontact|rappel|repon|ecri|previ|preven|courant|inform|nouvelle|signe|contact|dir[aeo]|appel|reponse|confirm",
    reader=r"\b(?:vous|te|toi|tu|ton|ta|votre|vos|ca|cela|remboursement|colis|commande|reponse|facture|argent|remplacement|retour|des nouvelles|la bonne|le bon|paiement|carte|correction|s'en|nous en)\b|\bt'|\bl'(?:envo|expedi|rembours|appel|ai|echang)",
    markers="le la les vous nous on et de pour merci est pas votre desole une un des avec dans que ce demain d'ici sur je",
)  # fmt: skip
