"""Portuguese of both sides of the ocean."""

from language.promises.tongues.tongue import Tongue

_FUTURE = r"(?!(?:seremos|poderemos|tentaremos|procuraremos|abriremos|fecharemos|estaremos|ficaremos|deveremos|continuaremos|quereremos|esperaremos|veremos se|teremos (?:gosto|todo o gosto|de))\b)"

PT = Tongue(
    weekdays=("segunda(?:[- ]feira)?", "terca(?:[- ]feira)?", "quarta(?:[- ]feira)?", "quinta(?:[- ]feira)?", "sexta(?:[- ]feira)?", "sabado", "domingo"),
    months=("janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    days={"depois de amanha": "2", "amanha": "1", "hoje(?: mesmo)?": "0", "ainda hoje": "0", "esta noite|hoje a noite|logo a noite": "0 evening"},
    parts={r"(?:de|da|pela|a|na|durante a) manha|ao inicio da manha|logo cedo|cedo": "12", r"(?:ao )?meio[- ]dia|(?:a )?hora d[eo] almoco": "12", r"(?:a|da|de|pela|na|durante a) tarde": "18", r"(?:a|da|de) noite": "22", r"(?:ao |o )?final do (?:dia|expediente)|(?:ao |o )?fim do (?:dia|expediente)|(?:o )?fecho|(?:o )?fechamento": "end", r"(?:a )?meia[- ]noite": "24"},
    units={r"min(?:uto)?s?": "minute", r"horas?|h": "hour", r"dias? (?:uteis|util)": "workday", r"dias?": "day", r"semanas?": "week", r"mes(?:es)?": "month"},
    numbers={"meia": "0.5", "(?:as |os )?proxim[ao]s": "4", "alguns|algumas|poucos|poucas|uns|umas": "4", "um par de": "2", "(?:um|uma)": "1", "dois|duas": "2", "tres": "3", "quatro": "4", "cinco": "5", "seis": "6", "sete": "7", "oito": "8", "nove": "9", "dez": "10", "doze": "12", "quinze": "15", "vinte": "20", "vinte e quatro": "24", "trinta": "30", "quarenta e oito": "48"},
    periods={
        r"(?:o )?(?:fim|final) da semana|(?:esta|desta|nesta|essa|dessa|nessa) semana": "week", r"(?:no )?(?:inicio|comeco) da (?:proxima semana|semana que vem|semana)": "early next week",
        r"(?:a |na )?(?:proxima semana|semana que vem)": "next week", r"(?:o |no |este |neste )?fim de semana|fds": "weekend",
        r"(?:o |ao |no )?(?:fim|final) do mes|(?:este|deste|neste) mes": "month", r"(?:o |no )?(?:proximo mes|mes que vem)": "next month",
        r"(?:o |ao |no )?(?:fim|final) do (?:dia|expediente)|(?:o )?fecho": "day end", r"(?:esta|hoje de|hoje pela|nesta) manha": "morning", r"(?:esta|hoje a|hoje pela|nesta) tarde|logo a tarde": "afternoon", r"(?:esta|hoje a|nesta) noite": "evening", r"(?:o )?dia(?: de hoje)?": "today",
    },
    within=r"em(?: ate| menos de| no maximo)?|dentro de|no prazo de|num prazo de|nas|nos|ate|no maximo em|de-nos|da-nos|nos de|daqui a|durante",
    by=r"ate(?: ao?| a| o| as| no maximo| a proxima)?|para|o mais tardar(?: ate)?|no maximo ate|sem falta(?: ate)?|no mais tardar",
    before=r"antes d(?:e|o|a|as)",
    on=r"na|no|em|a|ao longo d(?:e|o|a)|durante(?: [oa])?|no decorrer d(?:o|a)|ja|logo|as|nesta|neste|ainda|pelas|por volta das|a partir d(?:e|o|a)|para|so|desde",
    next_=r"(?:proxim[oa]|a proxima|o proximo|esta|este|nesta|neste|dia|no dia|o dia|ao dia|a)",
    latest=r"o mais tardar|no maximo|sem falta|no mais tardar|que vem|mesmo|impreterivelmente",
    joins=r"as|ate as|por volta das|pelas|,|a|ao|pela|antes das|de|dia|da|na|ate a|ate ao",
    at=r"as|ate as|pelas|antes das|por volta das",
    clock=r"(?:as )?(?P<hour2>\d{1,2})[:h](?P<minute2>\d{2})(?: ?(?:h|horas))?|(?:as )?(?P<hour>\d{1,2}) ?(?:h|horas)\b(?: da (?P<half>manha|tarde|noite))?|as (?P<hour3>\d{1,2})\b(?: da (?P<half3>manha|tarde|noite))?",
    date=r"(?:o )?(?:dia )?(?P<day>\d{1,2})(?:°|º)? de (?P<month>MONTH)(?: de (?P<year>20\d\d))?|(?:dia )?(?P<day3>\d{1,2})/(?P<month3>\d{1,2})(?:/(?P<year3>(?:20)?\d\d))?|dia (?P<day4>\d{1,2})",
    commits=(
        rf"\b(?:te |lhe |o |a |os |as |nos |me |se )?{_FUTURE}\w+(?:aremos|eremos|iremos|remos|a-lo-emos)\b", r"\b\w+-(?:te|lhe|vos|nos|lo|la)-?(?:emos|ei|a)\b", r"\b(?:eu )?(?:te |lhe |o |a )?(?!serei\b|poderei\b|tentarei\b|estarei\b)\w{2,}(?:arei|erei|irei)\b",
        r"\b(?:vamos|vou|iremos|irei) (?:te |lhe |ja |entao |la |tambem |hoje |amanha |logo |o |a |nos ){0,2}(?!(?:estar|abrir|fechar|encerrar|ser|tentar|poder|ficar|precisar|continuar|adorar|gostar|comecar|lancar|celebrar|querer|ter de|ter que|fazer (?:o|os)|levar isso|passar a abrir)\b)\w+r\b(?:-\w+)?",
        r"\b(?:alguem|o nosso|a nossa|os nossos|nossa|nosso|o|a|uma|um|responsavel) (?:[\w]+ ){0,5}?(?:vai|vao|ira|irao) (?:te |lhe |ja |o |a |nos )?(?!(?:estar|abrir|fechar|ser|tentar|poder|precisar|adorar|gostar|agradar|ficar (?:feliz|content)|querer|voltar a estar|comecar|lancar)\b)\w+r\b(?:-\w+)?",
        r"\b(?:respondemos|contactamos|contatamos|ligamos|escrevemos|avisamos|damos|dizemos|enviamos|mandamos|devolvemos|reembolsamos|informamos|confirmamos|retornamos|respondo|ligo|escrevo|aviso|digo|envio|mando|confirmo|dou|trocamos|repomos)[- ](?:te|lhe|vos|voce|o contigo|consigo|(?:uma |a )?(?:resposta|noticias|novidades|retorno))\b",
        r"\b(?:te|lhe|vos|voce|ja|tambem) (?:respondemos|contactamos|contatamos|ligamos|escrevemos|avisamos|damos (?:resposta|noticias|retorno)|dizemos|enviamos|mandamos|devolvemos|reembolsamos|informamos|confirmamos|retornamos|respondo|ligo|escrevo|aviso|envio|mando|confirmo|dou (?:resposta|noticias|retorno))\b",
        r"\b(?:alguem|um colega|uma colega|a equipa|a equipe|a nossa \w+|o nosso \w+|nossa equipe|nosso \w+|a loja|o time|nosso time)(?: \w+){0,5}? (?:entra(?:ra)? em conta(?:c)?to|(?:te |lhe |vos )?(?:liga|ligara|responde|respondera|escreve|escrevera|contacta|contata|avisa)(?:-te|-lhe|-vos)?|vai \w+)\b",
        r"\b(?:recebera|receberas|recebe(?:s)? (?:a|o|uma|um|noticias)|recebem (?:a|o)|tera(?:s)? (?:a|o|as|os|uma|um|noticias|resposta|novidades|retorno)\b|chega-te|sera(?:s)? (?:reembolsad|contactad|contatad|creditad|enviad|avisad|ressarcid|entregue|estornad|repost|substituid)\w*)\b",
        r"\b(?:voltamos|entramos|retornamos) (?:a (?:falar|contactar|escrever)|em conta(?:c)?to|ao contacto|com (?:uma |a )?(?:resposta|novidades|noticias))\b", r"\bdamos (?:noticias|novidades|resposta|retorno|um retorno|uma resposta|feedback)\b", r"\b(?:tratamos|trato|cuidamos) (?:disso|do assunto|de tudo)\b",
        r"\b(?:da-nos|de-nos|nos de)\b", r"\b(?:vais|vai|vao|vas) (?:receber|ter (?:a|o|uma|um|noticias|resposta))\b", r"\b(?:prometemos|prometo|prometido|comprometemo-nos|nos comprometemos|comprometo-me)\b", r"\b(?:a tua|o teu|a sua|o seu|a|o|sua|seu) (?:\w+ ){1,3}(?:seguira|chegara|saira|sera (?:enviad|reembolsad|repost|entregue|feit|creditad|substituid)|estara (?:contigo|consigo|na sua|na tua|pront|na conta|em sua))\w*",
        r"\bmante(?:re)?mos(?:-te|-lo|-la|-vos)? (?:\w+ )?(?:a par|informad\w+|atualizad\w+)\b",
    ),
    acts=(
        r"\b(?:verificamos|vemos|enviamos|mandamos|resolvemos|trocamos|entregamos|tratamos|perguntamos|analisamos|fazemos|temos|damos|repomos|corrigimos|respondemos|ligamos|escrevemos|confirmamos|reembolsamos|devolvemos|passamos|recolhemos|avisamos|falamos|verifico|vejo|pergunto|confirmo|faco|tenho|dou|passo|falo|ligo|envio|mando|contactamos|retornamos|voltamos)\b",
        r"\b(?:sai|chega|segue|tens|tem|recebe|recebes|fica|estara|saira|chegara|seguira|ficara|vai|parte)\b", r"\b(?:resposta|noticias|novidades|retorno)\b",
    ),
    voids=(r"\b(?:poderiamos|poderia|podiamos|podemos|pode|podes|podem|podera|talvez|esperamos|tentamos|tentaremos|provavelmente|devia|deveria|deveriamos|gostariamos|tem de|tem que|tens de|precisa|precisas|precisamos|deve)\b", r"\b(?:abert[oa]s?|fechad[oa]s?|encerrad[oa]s?|abrimos|fechamos|horario)\b", r"\b(?:sempre|normalmente|em geral|geralmente|habitualmente|costuma\w*|todos os|todas as|cada)\b"),
    pasts=(
        r"\b\w+ámos\b|\b(?:foi|foram|fomos|esteve|estava|ontem|demos|fizemos|vimos|dissemos|tivemos)\b",
        r"\b(?:a|o) (?:tua|sua|teu|seu) (?:marcacao|reserva|aula|mesa|consulta)\b",
    ),
    conditions=r"\b(?:caso (?:nos|voce|queira|nao|o|a)|assim que (?:nos|receb|tiver(?:es|mos)? (?:os|a tua|o teu|os seus|os teus)|voce|me|enviar)|quando (?:nos|quiser|puder|me|tiver)|desde que|a nao ser|uma vez que nos)\b|(?:^|[,;:] |\be |\bmas )se (?!(?:for preciso|necessario|for necessario))",
    whether=r"\b(?:ver|verificar|perguntar|saber|confirmar|dizer|verificamos|vemos|perguntamos|confirmamos|diremos|apurar) $",
    answers=r"respo|contac|contat|lig|escrev|avis|notic|novid|retorn|inform|dize|dar|damos|dou|confirm|a par",
    doubles=r"\b\w+(?:amos|imos)\b(?<!remos)(?<!vamos)",
    reader=r"\b(?:te|ti|tu|teu|tua|lhe|voce|voces|vos|vosso|sua|seu|contigo|consigo|isto|isso|disso|reembolso|encomenda|pedido|resposta|fatura|dinheiro|valor|noticias|novidades|retorno|caixa|correcao|pagamento|cartao|(?:a|o) cert[oa])\b|-(?:te|lhe|vos)\b",
    markers="o a os que de e para nao obrigado obrigada com um uma do da em te lhe ate amanha lamentamos ola sua seu no na voce pelo",
)  # fmt: skip
