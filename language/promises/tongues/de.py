"""German."""

from language.promises.tongues.tongue import Tongue

_WHO = r"(?:wir|ich|(?:ein|eine|unser|unsere|die|der|das|jemand|einer|eine von|kolleg\w+)(?: [\w-]+){0,4}?|jemand|es)"
_GIVE = r"(?:meld\w+|schick\w+|send\w+|versend\w+|antwort\w+|schreib\w+|ruf\w+|erstatt\w+|uberweis\w+|klar\w+|kummer\w+|repari\w+|tausch\w+|ersetz\w+|liefer\w+|informier\w+|sag\w+|geb(?:en|e)|komm\w+|bring\w+|buch\w+|gutschreib\w+|schau\w+|pruf\w+|sorg\w+|halt\w+|kontaktier\w+|bearbeit\w+|erledig\w+|bestell\w+|pack\w+|stell\w+|hol\w+|leg\w+|frag\w+|besprech\w+|leit\w+|reich\w+|korrigier\w+|veranlass\w+|beheb\w+|nachlief\w+|teil\w+|nehm\w+|mach\w+|setz\w+|seh\w+|find\w+|test\w+|bered\w+|forsch\w+|hak\w+|hor\w+|verschick\w+)"

_IDLE = (
    r"(?!(?:hab|hatt|sind|war|offn|schließ|freu|hoff|wunsch|feier|start|beginn|sitz|konn|muss|mocht|durf|soll|woll|empfehl|dank|biet|verkauf|rost|wiss|glaub|denk|versteh|bitt|bleib|zeig|steh|fahr|mach|druck|rost|treff|seh|wurd|wird|eroffn|nehm|find|brauch|lad|lieb)\w*\b)"
)  # fmt: skip

DE = Tongue(
    weekdays=("montags?|mo", "dienstags?|di", "mittwochs?|mi", "donnerstags?|do", "freitags?|fr", "samstags?|sonnabends?|sa", "sonntags?|so"),
    months=("januar|janner|jan", "februar|feb", "marz", "april|apr", "mai", "juni", "juli", "august|aug", "september|sept?", "oktober|okt", "november|nov", "dezember|dez"),
    days={"ubermorgen": "2", "morgen": "1", "heute noch|noch heute|heute": "0"},
    parts={
        r"(?:fruh|vormittags?|morgens?|in der fruh)": "12", r"mittags?": "12", r"nachmittags?": "18", r"abends?|nachts?": "22", r"feierabend|geschaftsschluss|ladenschluss|dienstschluss|ende des (?:arbeits)?tages|tagesende": "end", r"mitternacht": "24",
    },
    units={r"min(?:\.|uten?)?": "minute", r"stunden?|std\.?|h": "hour", r"(?:werk|arbeits|geschafts)tag(?:e|en|es)?": "workday", r"tag(?:e|en|es)?": "day", r"wochen?": "week", r"monat(?:e|en|s)?": "month"},
    numbers={"einer halben": "0.5", "eine halbe": "0.5", "einem?r?n?": "1", "eine[rmns]?": "1", "ein(?:, zwei| bis zwei| paar)?": "2", "(?:den |der )?(?:nachsten|kommenden)(?: paar)?": "4", "wenigen?": "4", "zwei(?:en)?": "2", "drei": "3", "vier": "4", "funf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9", "zehn": "10", "zwolf": "12", "vierzehn": "14", "funfzehn": "15", "zwanzig": "20", "vierundzwanzig": "24", "dreißig": "30", "achtundvierzig": "48"},
    periods={
        r"(?:zum )?ende (?:der|dieser) woche|diese[rn]? woche|wochenende?(?= nicht)|(?:der )?laufenden woche|ende der woche": "week", r"anfang (?:der )?(?:nachste[rn]?|kommende[rn]?) woche": "early next week",
        r"(?:ende (?:der )?)?(?:nachste|kommende)[rn]? woche": "next week", r"(?:dem |diesem? |dieses |das |zum |nachstes |kommenden )?wochenende": "weekend",
        r"(?:zum |ende (?:des|dieses) )monats?(?:ende)?|monatsende|diese[nms]? monat": "month", r"(?:ende )?(?:des )?nachste[nms] monats?": "next month",
        r"(?:zum )?(?:ende des (?:arbeits)?tages|feierabend|tagesende|geschaftsschluss|ladenschluss)": "day end", r"(?:des )?(?:heutigen )?tage?s": "today", r"(?:der )?woche": "week",
        r"heute (?:fruh|vormittag|morgen)": "morning", r"heute nachmittag": "afternoon", r"heute (?:abend|nacht)": "evening", r"heute mittag": "noon",
    },
    within=r"innerhalb(?: von)?(?: der)?|binnen|in(?:nert)?|in (?:spatestens|etwa|circa|ca\.|maximal|weniger als|den|unter)|spatestens (?:in|nach)|gib uns(?: bitte)?(?: noch)?|geben sie uns(?: bitte)?(?: noch)?|gebt uns(?: bitte)?(?: noch)?|im laufe der",
    by=r"bis(?: spatestens)?(?: zum| zu| am| um)?|spatestens(?: bis)?(?: zum| am| um)?|bis allerspatestens|noch(?: bis)?",
    before=r"vor(?: dem)?|noch vor(?: dem)?",
    on=r"am|im laufe (?:des|der|vom)|ab|um|gegen|noch(?: am| im laufe des)?|gleich(?: am)?|direkt(?: am)?|zum|im|in|schon(?: am)?|noch in|an(?: diesem)?",
    next_=r"(?:nachste[nrms]?|kommende[nrms]?|diese[nrms]?|dem|den|der)",
    latest=r"spatestens|allerspatestens",
    joins=r"um|bis|gegen|vor|ab|,|am|spatestens|bis spatestens|zum|den|dem|bis zum",
    at=r"um|bis|gegen|vor|bis um|bis spatestens",
    clock=r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?uhr|(?P<hour2>\d{1,2}):(?P<minute2>\d{2})",
    date=r"(?:dem |den |der )?(?P<day>\d{1,2})\. ?(?P<month>MONTH)\b\.?(?: (?P<year>20\d\d))?|(?:dem |den |der )?(?P<day3>\d{1,2})\. ?(?P<month3>\d{1,2})\.(?:(?P<year3>(?:20)?\d\d))?|(?:zum|am|dem|den) (?P<day4>\d{1,2})\.(?!\d)",
    commits=(
        r"\b(?:wir|ich)(?: [\w,]+){0,3}? (?:werden|werde) (?:[\w-]+ ){0,12}?\w+(?:en|ern|eln)\b",
        r"\b(?:werden|werde) (?:wir|ich) (?:[\w-]+ ){0,12}?\w+(?:en|ern|eln)\b",
        r"\b(?:jemand|einer?|unser\w*|kolleg\w+|das team|die \w+|der \w+|das \w+) (?:[\w-]+ ){0,6}?(?:wird|werden) (?:sich|dir|dich|ihnen|sie|euch|das|es|den|die)(?: [\w-]+){0,8}? \w+(?:en|ern|eln)\b",
        r"\bmeld(?:en|e|et) (?:\w+ ){0,1}?(?:wir |ich |sich (?!\w+ bitte))?(?:uns|mich|sich)\b(?! an\b)",
        r"\b(?:uns|mich) (?:[\w-]+ ){0,6}(?:melden|melde)\b", r"\b(?:wir|ich) (?:uns|mich) darum\b",
        r"\b(?:hore?n?|horst|hort) (?:du |sie |ihr )?(?:[\w-]+ ){0,5}von (?:uns|mir)\b",
        r"\b(?:kummern|kummere) (?:wir |ich )?(?:uns|mich)\b", r"\b(?:halten|halte) (?:wir |ich )?(?:dich|sie|euch) (?:\w+ ){0,2}auf dem laufenden",
        r"\b(?:geben|gebe|sagen|sage) (?:wir |ich )?(?:dir|ihnen|euch) (?:\w+ ){0,5}(?:bescheid|ruckmeldung|antwort)\b", r"\bbescheid (?:geben|gebe|sagen)\b",
        r"\b(?:kommen|komme) (?:wir |ich )?(?:[\w-]+ ){0,4}auf (?:dich|sie|euch) zu\b",
        r"\b(?:schicken|schicke|senden|sende|erstatten|erstatte|uberweisen|uberweise|schreiben|schreibe|antworten|antworte|rufen|rufe|liefern|bringen|ersetzen|informieren|informiere|versprechen|verspreche) (?:wir |ich )?(?:es |das |ihn |sie )?(?:dir|dich|ihnen|euch)\b",
        r"\b(?:du|sie|ihr) (?:bekomm\w+|erhalt\w*|erhalten|kriegst|wirst|werden) (?:[\w-]+ ){0,8}?(?:von uns|von mir|ersatz|gutschrift|geld|ruckmeldung|antwort|erstattung|ruckerstattung|betrag|nachricht|gutschein|sendungsnummer)\b",
        r"\b(?:bekommst|erhaltst|bekommt ihr|bekommen sie|erhalten sie|hast) (?:du )?(?:[\w-]+ ){0,8}?(?:von uns|ersatz|gutschrift|geld|ruckmeldung|antwort|erstattung|ruckerstattung|betrag|nachricht|gutschein|bescheid)\b",
        rf"\b(?:wir|ich) (?:[\w-]+ ){{0,2}}?{_GIVE}(?<!sehen)(?<!finden) (?:[\w-]+ ){{0,3}}?(?:dir|dich|ihnen|euch)\b(?! (?:recht|fur|die daumen|gern))",
        rf"\b{_GIVE} (?:wir|ich) (?:[\w-]+ ){{0,3}}?(?:dir|dich|ihnen|euch)\b(?! (?:recht|die daumen))",
        r"\b(?:jemand|ein\w* \w+|unser\w* \w+|kolleg\w+|das team|die \w+leit\w+) (?:[\w-]+ ){0,4}?(?:ruft|meldet|schreibt|antwortet|kontaktiert|informiert) (?:dich|dir|sie|ihnen|euch|sich)\b",
        r"\b(?:du kannst|sie konnen|ihr konnt) .*\bmit (?:unsere[rm]|einer) .*rechnen\b", r"\bversprochen: ", r"\b(?:wir|ich) versprechen?\b", r"\b(?:wird|werden) (?:dir|ihnen|euch) (?:[\w-]+ ){0,8}?(?:erstattet|geschickt|zugeschickt|gutgeschrieben|uberwiesen|ersetzt|geliefert)\b",
        r"\b(?:dein|deine|ihr|ihre|euer|eure) (?:[\w-]+ ){1,3}(?:wird|geht|kommt|ist) (?:[\w-]+ ){1,6}?(?:erstattet|verschickt|versendet|ersetzt|bei (?:dir|ihnen)|raus|repariert|fertig|gutgeschrieben|auf (?:den|deinem|ihrem) (?:weg|konto))\b",
    ),
    acts=(
        rf"\b(?:wir|ich) (?:[\w-]+ ){{0,3}}?{_GIVE}\b",
        rf"\b{_GIVE} (?:wir|ich)\b",
        rf"\b{_WHO} {_GIVE}\b",
        rf"(?:^|, |und |dann )(?:[\w-]+ ){{0,2}}?{_GIVE} (?:sich|dir|dich|ihnen|euch|das|es|dem|den)\b",
        rf"\b(?:wir {_IDLE}\w+en|ich {_IDLE}\w+e|{_IDLE}\w+en wir|{_IDLE}\w+e ich)\b",
        r"\b(?:geht|kommt|folgt|verlasst)\b",
        r"\b(?:ist|sind|lauft|laufen|steht)\b.*\b(?:fertig|da|bei (?:dir|ihnen|euch)|behoben|erledigt|repariert|wieder|online|unterwegs|geklart|gelost|korrigiert|live|konto|postfach)\b",
        r"\b(?:du|ihr|sie) (?:bekommst|bekommt|bekommen|hast|habt|erhaltst|erhalten|kriegst)\b",
        r"\b(?:hast|bekommst|kriegst|erhaltst|haben|bekommt|habt|erhalten) (?:du|sie|ihr)\b", r"\b(?:gib|gebt|geben sie) uns\b",
    ),
    voids=(r"\bhaben (?:wir|ich)\b|\b(?:wir haben|ich habe) (?:[\w-]+ ){0,6}(?:\w*ge\w+(?:t|en)|\w+iert)\b", r"\b(?:konnten|konnte|wurden|wurde|sollte|sollten|vielleicht|hoffentlich|hoffen|versuchen|mochten|wollen|wahrscheinlich|vermutlich|eventuell|konnen(?!.*rechnen)|kann|musst|mussen|bitte)\b(?! (?:noch )?(?:\d|um (?:etwas|ein wenig|ein bisschen) geduld))", r"\bgeoffnet\b", r"\bgeschlossen\b", r"\boffnungszeiten\b", r"\b(?:grundsatzlich|in der regel|normalerweise|ublicherweise|immer|meist(?:ens)?|jeden(?! fall)|jede)\b", r"\b(?:hast|haben) (?:du|sie|wir|ihr)? ?(?:[\w-]+ ){0,8}ge\w+t\b"),
    pasts=(
        r"\bhab(?:en|e|t)\b.*\b(?:\w*ge\w+(?:t|en)|\w+iert|(?:uber|er|ver|be|ent)\w+(?:t|en))\b",
        r"\b(?:wurde|wurden|war|waren|ist \w+ worden|schon|bereits|seit)\b",
        r"\b(?:dein|ihr|euer) (?:termin|tisch|kurs)\b",
    ),
    conditions=r"\b(?:wenn(?! (?:notig|es klappt|alles klappt|es wieder))|falls(?! (?:notig|erforderlich))|sofern|sollten? (?:du|sie|ihr|es|sich|etwas)|sobald (?:du|ihr|sie (?:uns|mir|ihre?n?|das|die)\b|wir (?:deine|ihre|eure|von))|vorausgesetzt)\b",
    whether=r"(?!)",
    answers=r"meld|hor|antwort|schreib|bescheid|ruckmeld|ruf|informier|laufenden|komm|sag|nachricht",
    reader=r"\b(?:dir|dich|sie|dein\w*|du|ihnen|ihr\w*|euch|eure?\w?|das|es|ihn|dem (?:nach|fall|thema)|darum|ersatz|\w*erstattung|gutschrift|paket|sendung|antwort|ruckmeldung|rechnung|geld|betrag|version|kasse|fehler|karte|bescheid|zeiten|mit dem team|im team)\b",
    markers="der die das und wir dir uns ist nicht fur mit dich sie ihnen auf ein eine bei danke tut leid heute morgen bis zu den es im am von",
)  # fmt: skip
