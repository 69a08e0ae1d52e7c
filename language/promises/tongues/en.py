"""English."""

from language.promises.tongues.tongue import Tongue

_WHO = (
    r"(?:we|i|our (?:\w+ ){0,3}\w+|(?:a|one|some|the|another) (?:\w+ ){0,2}(?:colleagues?|team|us|manager|specialist|agent|people|workshop|courier|driver|warehouse|technician)"
    r"|someone(?: \w+){0,4}|somebody(?: \w+){0,4}|(?:the|my) \w+ team|customer (?:care|service)|support|management|they|he|she|[a-z]+ (?:and i|from (?:our|the) \w+(?: team)?))"
)
_SURE = r"(?:(?:then|now|also|both|all|certainly|definitely|personally|gladly|happily|of course|still|soon|then also|immediately|today|tomorrow|\w+ly) ){0,2}"
_IDLE = (
    r"(?!not\b|(?!reply|apply|supply)\w+ly\b|never\b|always\b|be (?:open|closed|at|there|in (?:town|the)|back (?:in|at) (?:the )?(?:shop|store|office)|happy|glad|delighted|able|missed|live|launching|showing|hosting|thrilled|here|around|waiting|careful|"
    r"crossing|thinking|sure|celebrating|serving)|need|have to|love|like|miss|try|do (?:our|my) best|see (?:you|what)|hope|probably|likely|maybe|perhaps|remember|take (?:that|it|this) as|bet|admit|say\b|"
    r"stay|keep (?:making|roasting|baking|doing|trying|improving)|continue|open\b|close\b|reopen|start\b|launch|welcome|consider|think\b|enjoy|gladly welcome|look forward|stick|accept|only|want|go on\b|post more|cheer)"
)  # fmt: skip

EN = Tongue(
    weekdays=("mon(?:day)?", "tue(?:s(?:day)?)?", "wed(?:nesday)?", "thu(?:rs?(?:day)?)?", "fri(?:day)?", "sat(?:urday)?", "sun(?:day)?"),
    months=("jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?", "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?"),
    days={r"(?:the )?day after tomorrow": "2", r"tomorrow|tmrw": "1", r"today": "0", r"tonight": "0 evening"},
    parts={
        r"(?:the )?end of (?:the |our )?(?:business|working|work)? ?day|eod|cob|close of (?:business|play)|closing(?: time)?|end of business": "end",
        r"(?:early |late |mid-?)?(?:in the )?morning": "12", r"lunch(?:time| time)?|noon|midday": "12", r"(?:in the )?(?:early |late )?afternoon": "18", r"(?:in the )?evening|tonight|night": "22", r"midnight": "24",
    },
    units={r"min(?:ute)?s?": "minute", r"hours?|hrs?|h": "hour", r"(?:working|business|week)[ -]?days?": "workday", r"days?": "day", r"weeks?": "week", r"months?": "month"},
    numbers={"half an": "0.5", "a couple(?: of)?": "2", "couple(?: of)?": "2", "(?:a |the next )?few": "4", "coming": "4", "an?": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "fourteen": "14", "fifteen": "15", "twenty": "20", "twenty[- ]four": "24", "thirty": "30", "forty[- ]eight": "48", "(?:the )?next": "4", "the": "1"},
    periods={
        r"(?:the )?(?:end|close) of (?:the |this )?week|this week|(?:later )?this week|(?:the course of )?the week|eow": "week", r"(?:early|the start of|the beginning of) next week": "early next week",
        r"(?:the )?(?:end of )?next week|(?:sometime |later |late )?next week|the coming week": "next week", r"(?:this|the|next) week-?end": "weekend",
        r"(?:the )?end of (?:the |this )?month|this month|month[- ]end": "month", r"(?:the )?(?:end of )?next month": "next month",
        r"(?:the )?end of (?:the )?(?:business |working |work )?day|(?:the )?close of (?:business|play)|closing(?: time)?|eod|cob": "day end", r"(?:later |late )?this (?:morning)": "morning", r"(?:later |late )?this afternoon": "afternoon", r"(?:later |late )?this evening": "evening",
        r"later today": "today",
    },
    within=r"within|in(?:side)?(?: of)?|under|in (?:under|less than|about|around|at most)|less than|no more than|at most|over|during|give (?:us|me)|allow (?:us|me)|in the space of|for",
    by=r"by|until|till|no(?:t)? later than|latest by|latest on|by the latest on|at the latest by|up to|by no later than|come|as of|around|by around|by about|for",
    before=r"before|ahead of|prior to",
    on=r"on|at|in|during|over|first thing(?: on| in)?|in the course of|early(?: on)?|later(?: on)?|sometime|some time|from|as early as|late",
    next_=r"(?:next|this|coming|the coming|this coming)",
    latest=r"at the (?:very )?latest|latest|at most|tops",
    joins=r"at|by|before|around|about|in the|until|till|on|,|first thing in the|from",
    at=r"at|by|before|around|about|until",
    clock=r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>[ap]\.?m\.?)|(?P<hour2>\d{1,2})[:.](?P<minute2>\d{2})(?: ?(?:h|hrs|o'clock|gmt|cet|uk time))?|(?P<hour3>\d{1,2}) ?o'clock",
    date=r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month>MONTH)\.?(?:,? (?P<year>20\d\d))?|(?P<month2>MONTH)\.? (?:the )?(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<year2>20\d\d))?|(?P<day3>\d{1,2})/(?P<month3>\d{1,2})(?:/(?P<year3>(?:20)?\d\d))?|the (?P<day4>\d{1,2})(?:st|nd|rd|th)",
    commits=(
        rf"\b{_WHO}(?:'ll| will| shall|'re going to| are going to|'m going to| am going to| is going to|'s going to) {_SURE}{_IDLE}\w+",
        rf"(?:^|, |and |then |but |so )will {_SURE}{_IDLE}(?:get back|write|let you|send|call|update|reply|answer|check|follow|refund|report|come back|be in touch|replace|contact|confirm|e-?mail|post|ring|collect|pay|credit|arrange|look|find|fix|sort|swap|repair|organi[sz]e|pass|book|issue|test|speak|talk|keep you|tell|ship|deliver|message|ask)",
        r"\b(?:we|i) (?:promise|commit|pledge|undertake) (?:to|you|we|i|that we)\b",
        r"\byou(?:'ll| will| shall| are going to|'re going to) (?:definitely |then |also |certainly |now )?(?:hear (?:back )?from|get (?:a|an|the|your|our|it|them|word|both|news|all)|have (?:a|an|the|your|our|it|them|both|news|word|full)|receive|be (?:refunded|contacted|called|informed|reimbursed|credited|notified|compensated|sent)|see (?:the|your) (?:money|refund|credit|amount|correction))",
        r"\byour (?:\w+ ){1,3}(?:will|is going to|shall)(?: then| now)? (?:be (?:with you|sent|shipped|refunded|ready|dispatched|delivered|replaced|there|back|in your|posted|repaired|credited|fixed|updated|on its way|waiting|answered|collected|mailed|paid|corrected)|leave|arrive|go out|ship|reach you|land)",
        r"\b(?:it|they|this|that|the (?:\w+ ){1,3}|(?:a|an|another|new) (?:\w+ ){1,3})(?:will|'ll|is going to) (?:be (?:with you|sent|shipped|refunded|in your (?:account|inbox|mailbox|letterbox)|at your (?:door|place)|dispatched|delivered to you|replaced|posted to you|credited|in the post|mailed)|reach you|leave (?:our|the)|go out (?:to you|today|tomorrow)|arrive at your|land in your|follow\b)",
        r"\b(?:let|allow) (?:me|us) (?:\w+ ){1,8}(?:and|then) (?:\w+ ){0,2}(?:get back|come back|let you know|update you|report back|write)",
        r"\bexpect (?:a|an|our|my|to hear|the|news|word|it)\b.{0,30}?\b(?:reply|answer|call(?:[ -]?back)?|update|e?-?mail|message|refund|hear|parcel|replacement|news|word|us|me|note|credit|it)\b",
        r"\byou have (?:my|our) word\b", r"\bcount on (?:us|me) to\b", r"\b(?:we|i) owe you .{0,30}\band (?:you )?will\b",
    ),
    acts=(
        rf"\b{_WHO}(?:'re| are|'m| am|'s| is) {_SURE}(?!waiting|open|closed|closing|opening|here|at|in|on|looking forward|hoping|planning|expecting|out|away|not|trying|celebrating|hosting|showing|launching|running|serving)(?:\w+ing)\b",
        r"\b(?:a|an|the|our|more|another|your) (?:\w+ ){0,3}(?:follows|goes out|ships|leaves|is coming|is on its way|comes|is due|arrives|lands)\b",
        r"\b(?:more|news|update|answer|details|reply) (?:on this |from us |to come |coming )?",
        r"\b(?:we|i) (?:call|ship|send|post|refund|write|deliver|reply|answer|dispatch|repair|swap|replace|pick)\b",
        r"\byou (?:get|have|receive|hear)\b.{0,40}\b(?:from (?:us|me)|back|refund|answer|reply|replacement)",
        r"\b(?:it|this|that|everything|they) (?:will|'ll) be (?:sorted|fixed|done|ready|resolved|back|up|corrected|repaired|there|settled|live again|working)",
        r"\b(?:a|an|the|our|your) (?:\w+ ){1,3}(?:will|'ll) (?:be|come|go|follow|arrive|work)\b",
        r"\b(?:give|allow) (?:us|me)\b", r"\bto be (?:sent|refunded|shipped|delivered|replaced) (?:by|on|today|tomorrow)",
    ),
    voids=(r"\b(?:would|could|might|may|should|can(?! expect| count)|cannot|can't|couldn't|wouldn't)\b", r"\bhope\b", r"\btry\b", r"\bbest to\b", r"\bprobably\b", r"\bmaybe\b", r"\bperhaps\b", r"\b(?:always|usually|normally|generally|typically)\b", r"\bopen(?:s|ing)?\b", r"\bclose[sd]\b", r"\bin stock\b"),
    pasts=(r"\b(?:was|were|has been|have been|had|did)\b", r"\b(?:already|yesterday|earlier)\b"),
    conditions=r"\b(?:if(?! (?:need be|necessary|needed|not sooner|not before))|unless|provided|should you|in case|as long as|once you|as soon as you|when you|after you|whenever|in the event|assuming)\b",
    whether=r"\b(?:check|see|ask|know|find out|tell|wonder|say|confirm|look|asking|seeing|checking|clarify|verify|test|to you|hear|sure|and)(?: \w+)? $",
    answers=r"get back|be back|come back|hear|answer|reply|write|call|ring|update|let you know|in touch|contact|tell|message|report|keep you|respond|word|news|confirm",
    reader=r"\b(?:you|your|yours|it|this|that|them|refund|replacement|parcel|order|reply|answer|update|invoice|money|fix|(?:new|right|correct) one|correction|credit|voucher|code|report|result|news|more on)\b",
    markers="the you we to for and will your is of it us our with that this are have get please thanks sorry by back on",
)  # fmt: skip
