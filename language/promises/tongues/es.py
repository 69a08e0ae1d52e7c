"""Spanish."""

from language.promises.tongues.tongue import Tongue

_FUTURE = r"(?!(?:estar|ser|podr|abr|cerr|segu|tendremos (?:que|abierto|cerrado)|intentar|procurar|tratar|querr|esper|celebr|habr|ver(?:emos)? (?:que|si))\w*)\w+"
_GIVE = r"(?:responde\w*|contesta\w*|escrib\w+|llama\w*|avisa\w*|envia\w*|manda\w*|devolv\w+|reembolsa\w*|abona\w*|cambia\w*|repon\w+|confirma\w*|informa\w*|deci\w+|conta\w+|cuent\w+|pasa\w*|actualiza\w*|ingresa\w*|entrega\w*|lleva\w*|repara\w*|arregla\w*|soluciona\w*|resolv\w+|recog\w+|hace\w*|deja\w*|da\w*)"

ES = Tongue(
    weekdays=("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "sep?tiembre", "octubre", "noviembre", "diciembre"),
    days={"pasado manana": "2", "manana(?! (?:te|la))": "1", "hoy(?: mismo)?": "0", "esta (?:misma )?noche": "0 evening"},
    parts={r"(?:por|en|de|a) la manana|a primera hora(?: de la manana)?|temprano|primera hora|la manana": "12", r"(?:al |a |el )?mediodia": "12", r"(?:por|en|de|a) la tarde|la tarde": "18", r"(?:por|en|de|a) la noche|la noche": "22", r"(?:a )?ultima hora|(?:el )?final(?:es)? del? dia|(?:el )?cierre|(?:el )?fin(?:al)? de la jornada": "end", r"medianoche": "24"},
    units={r"min(?:uto)?s?": "minute", r"horas?|h": "hour", r"dias? (?:laborables?|habil(?:es)?)": "workday", r"dias?": "day", r"semanas?": "week", r"mes(?:es)?": "month"},
    numbers={"media": "0.5", "(?:un |unos |los )?(?:proximos|pocos|unos pocos)": "4", "las proximas": "4", "unos": "4", "unas": "4", "un par de": "2", "(?:un|una|uno)": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9", "diez": "10", "doce": "12", "quince": "15", "veinte": "20", "veinticuatro": "24", "treinta": "30", "cuarenta y ocho": "48"},
    periods={
        r"(?:el )?(?:fin(?:al)?(?:es)? de (?:la |esta )?semana(?! que viene)(?<!fin de semana))|esta (?:misma )?semana|la semana(?! que viene| proxima)|(?:el )?final de (?:la |esta )?semana": "week", r"(?:a )?(?:principios|comienzos|primeros) de (?:la )?(?:semana que viene|proxima semana)": "early next week",
        r"(?:la )?(?:semana que viene|proxima semana|semana proxima)": "next week", r"(?:el |este )?(?:proximo )?fin de semana|(?:el )?finde": "weekend",
        r"(?:a |el )?(?:final(?:es)?|fin) de(?:l)? (?:este )?mes|este (?:mismo )?mes": "month", r"(?:el )?(?:mes que viene|proximo mes|mes proximo)": "next month",
        r"(?:el )?(?:final del? dia|cierre|final de la jornada|fin de la jornada)|ultima hora(?: de hoy)?": "day end", r"esta (?:misma )?manana": "morning", r"esta (?:misma )?tarde": "afternoon", r"esta (?:misma )?noche": "evening", r"(?:el )?(?:dia de hoy|dia)": "today",
    },
    within=r"en(?: un plazo de| menos de| el plazo de| como mucho| un maximo de| las?| los)?|dentro de|antes de(?: que pasen)?|en el transcurso de|durante|danos|dame|denos|a lo largo de",
    by=r"para|hasta|no mas tarde d(?:e|el)|a mas tardar|como muy tarde|como maximo|de aqui a",
    before=r"antes d(?:e|el)(?: que acabe| que termine| que llegue)?",
    on=r"el|este|a|al|a lo largo d(?:e|el)|durante|en|para|a partir d(?:e|el)|desde|sobre|en el transcurso d(?:e|el)",
    next_=r"(?:proximo|este|mismo|este mismo|el|dia|el dia|el proximo|este proximo)",
    latest=r"a mas tardar|como muy tarde|como maximo|como tarde|sin falta|mismo",
    joins=r"a las?|antes de las?|sobre las?|hacia las?|,|a|al|por|antes del?|el|de|dia|hasta las?|para las?|como maximo a las?",
    at=r"a las?|antes de las?|sobre las?|hasta las?|para las?|hacia las?",
    clock=r"(?:las? )?(?P<hour2>\d{1,2})[:.](?P<minute2>\d{2})(?: ?(?:h|horas))?|las? (?P<hour>\d{1,2})(?: ?(?:h\b|horas))?(?: de la (?P<half>manana|tarde|noche))?|(?P<hour3>\d{1,2}) ?(?:h\b|horas)",
    date=r"(?:el )?(?:dia )?(?P<day>\d{1,2}) de (?P<month>MONTH)(?: (?:de |del )?(?P<year>20\d\d))?|(?:el )?(?P<day3>\d{1,2})/(?P<month3>\d{1,2})(?:/(?P<year3>(?:20)?\d\d))?|(?:el )dia (?P<day4>\d{1,2})",
    commits=(
        rf"\b(?:te |le |os |les |lo |la |los |las |se |nos |me ){{0,2}}\b{_FUTURE}(?:aremos|eremos|iremos|dremos|rremos|bremos|remos)\b", rf"\b(?:yo )?(?:te |le |os |les |lo |la |se ){{0,2}}{_FUTURE}(?:are|ere|ire|dre)\b(?<!siempre)(?<!sobre)(?<!madre)(?<!padre)(?<!entre)(?<!quiere)(?<!nombre)(?<!aire)(?<!espere)(?<!prefiere)(?<!refiere)(?<!adquiere)(?<!requiere)(?<!compare)",
        r"\b(?:vamos|voy) a (?!estar|ser|abrir|cerrar|intentar|tratar|poder|seguir|ver si|tener que|necesitar|celebrar|lanzar|empezar|hacer (?:todo|lo posible))\w+r(?:te|le|lo|la|los|las|os|les|nos|telo|selo)?\b",
        r"\b(?:te|le|os|les) (?:lo |la |los |las )?(?:respondemos|contestamos|escribimos|llamamos|avisamos|mantendremos|mantenemos|decimos|contamos|confirmamos|informamos|devolvemos|reembolsamos|abonamos|mandamos|enviamos|reponemos|escribo|llamo|aviso|confirmo|respondo|digo|cuento|mando|envio|contactamos|damos)\b(?! (?:las gracias|la bienvenida|toda la razon|la razon|la enhorabuena|gracias))",
        r"\b(?:alguien|un companero|una companera|mi companer[oa]|el equipo|nuestr[oa] \w+|la tienda|el taller)(?: \w+){0,5}? (?:te|le|os|les|se) (?:lo |la )?(?:llamara|escribira|respondera|contestara|contactara|pondra|avisara|enviara|mandara|dara|llama|escribe|responde|contesta|contacta|pone|avisa|manda|envia|confirma)\b",
        r"\b(?:recibiras|recibira|recibireis|recibiran|tendras|tendra (?:usted|su|noticias|la|el)|tendreis|te llegara|le llegara|os llegara|se te (?:abonara|reembolsara|enviara|devolvera)|sabras|veras el (?:abono|reembolso|importe)|se le (?:abonara|reembolsara|enviara|devolvera))\b",
        r"\b(?:nos ponemos|me pongo|nos pondremos|volvemos a) (?:en contacto|contigo|escribirte|con)?", r"\b(?:nos encargamos|me encargo|nos ocupamos|me ocupo)\b",
        r"\b(?:te|le|os|les|se lo|te lo|te la) (?!(?:gust|encant|parec|ayud|serv|interes|sorprend|ir|har|hara falt|resultar|vendr)\w*)\w+(?:ara|era|ira|dra)n?\b", r"\bnuestr[oa]s? (?:\w+ ){1,4}?(?!(?:abr|cerr|estar|ser|podr)\w*)\w+(?:ara|era|ira|dra)n?\b", r"\b(?:danos|dame|denos)\b", r"\b(?:vas|va|van) a recibir\b",
        r"\b(?:prometemos|prometo|prometido|nos comprometemos|me comprometo)\b",
        r"\b(?:tu|su|vuestro|el|la) (?:\w+ ){1,3}(?:saldra|llegara|sera (?:enviad|reembolsad|repuest|entregad)|estara (?:en tu|en su|lista?o?|contigo|resuelt))",
    ),
    acts=(
        r"\b(?:te |le |os |les |lo |la |se ){0,2}(?:revisamos|miramos|comprobamos|enviamos|mandamos|solucionamos|resolvemos|arreglamos|cambiamos|entregamos|tramitamos|gestionamos|preguntamos|consultamos|hacemos|tenemos|damos|pasamos|llevamos|recogemos|corregimos|reparamos|hablamos|reviso|miro|compruebo|pregunto|consulto|hablo|paso|tengo|hago|doy)\b",
        r"\b(?:sale|llega|va|tienes|recibes|tiene|estara|saldra|llegara|queda|quedara|sabes)\b", r"\b(?:tu|su) \w+ (?:sale|llega|va)\b", r"\b(?:respuesta|novedades|noticias|mas informacion)\b",
    ),
    voids=(r"\b(?:podriamos|podria|podrias|podemos|puedes|puede|pueden|podeis|quizas?|tal vez|ojala|esperamos|intentamos|intentaremos|trataremos|procuraremos|probablemente|seguramente|deberia\w*|debes|tienes que|necesitamos|querriamos|nos gustaria)\b", r"\b(?:abrimos|cerramos|abierto|abierta|cerrad[oa]s?|horario)\b", r"\b(?:siempre|normalmente|por lo general|habitualmente|suele\w*|cada|todos los)\b"),
    pasts=(
        r"\b(?:hemos|ha|han|he|habiamos|fue|fueron|estaba|ayer|ya esta)\b",
        r"\b(?:tu|su) (?:cita|mesa|clase|reserva)\b",
    ),
    conditions=r"\b(?:si(?! (?:que|hace falta|es necesario|fuera necesario)\b)|en caso de|en cuanto (?:nos|tengamos tu|recibamos tu|me)|cuando (?:nos|quieras|puedas|me|tengas)|siempre que|una vez que (?:nos|recibamos)|a no ser)\b",
    whether=r"\b(?:ver|comprobar|preguntar|saber|revisar|mirar|confirmar|consultar|decir\w*|comprobamos|miramos|preguntamos|revisamos|vemos|diremos|confirmamos|confirmaremos|y|averiguar) $",
    answers=r"respond|contest|escrib|llam|avis|dec|dig|cont|noticia|inform|mant|contact|confirm|sabra",
    doubles=r"\b\w+(?:amos|imos)\b(?<!remos)(?<!vamos)",
    reader=r"\b(?:te|ti|tu|tus|le|les|os|su|sus|vuestr\w+|contigo|usted|lo|reembolso|pedido|paquete|respuesta|factura|dinero|importe|novedades|noticias|correccion|tarjeta|caja|(?:el|la) (?:correct|buen)[oa])\b|\w(?:te|lo)\b",
    markers="el la los que de en y te por para con no tu gracias sentimos lo se hola nos un una su es manana del muchas",
)  # fmt: skip
