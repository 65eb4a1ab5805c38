"""Which language a text is in: py3langid, and the source's own tag where it saves the work.

py3langid is limited to the configured languages, their neighbours (so that Catalan is not taken for Spanish) and the
other languages of the social web (so that Dutch is not taken for German); the configured ones have a head start. A tag
is believed unless the commonest words of the text speak against it, and where they name one language beyond doubt no
model is asked: that costs a tenth of an identification. The model (1 s, 90 MB) is loaded when a first text needs it.
"""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier as Model

UNDETERMINED = "und"

_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk
kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny
oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_WIDESPREAD = "ar bg bn cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv ta th tl tr uk ur vi zh"

ISO_639_1 = frozenset(_CODES.split())

WIDESPREAD = frozenset(_WIDESPREAD.split())
"""The other languages of the social web."""

NEIGHBOURS = {
    "de": ("lb", "nl"),
    "en": ("cy", "ga", "nl"),
    "es": ("an", "ca", "eu", "gl", "oc", "pt"),
    "fr": ("br", "ca", "oc"),
    "it": ("ca", "ro"),
    "pt": ("es", "gl"),
}
"""Languages that a text in a configured one's script, place or stock could be taken from."""

MISTAKABLE = {"es": ("ca", "eu", "gl")}
"""Whose common words, where they are more, overrule the model on a text without a tag. Only for Spanish: it costs 0.2 %
of untagged Spanish tweets, and Portuguese and Italian would lose more to Galician and Catalan than it saves them."""

_COMMON_WORDS = """
ca: de la que el i en els les un una per amb no és del al es més com si però ja hi ho molt aquest aquesta són fa dels
    als ha he em què estic avui tot tots quan perquè també ens us va van vaig seva meva sense bé gràcies només algú nou
    nova fer fan tinc té tenim teniu tenen estan era fins ara abans després sempre mai res cap aquí allà on qui quin
    quina quins quines cada mateix mateixa meu teu seu nostre vos li hem han heu havia ser estar pot puc podeu poden
    altre altra altres dia dies any anys demà ahir o a se te pels pel molta molts moltes poc millor pitjor bon bona
    vull sóc soc ets som sou doncs potser encara mentre dos dues tres així això tota totes tothom ningú vam vau
de: der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass
    sie nach wird bei ich wir noch nur aber war bin du mal wenn oder mehr kein keine mir mich hier heute jetzt gibt vom
    zum zur über schon wieder was wie ihr dann so man am um einen einem einer ja habe haben sind da euch uns mein dein
    immer warum alle doch bist weil denn gut gute guten danke morgen ganz kann kannst will muss soll habt hast wurde
    werde alles gerade meine meinen deine seine ihre unsere diese dieser dieses damit dazu beim ins ohne gegen bis seit
    welche wo wer nie etwas nichts echt viel viele neue neuen nee hab würde wäre hätte geht macht gestern leider
    endlich ob kommt bitte jeder jede sein vor sehr dir dich ab also durch vielleicht sonst gar nein einfach machen
    können wohl unter ach nun erst schade gerne genau besser
en: the and to of in is it you for that on this with are was be have not at my so we they your what will just all from
    an by but if me he she his her our can do don't i'm it's i get when who how why about out up like now has had been
    no there their as or more did does didn't doesn't isn't aren't won't can't any anyone some being go going good than
    then them these those into over only very too really want need back today tomorrow yesterday after before while
    where which a us come am would should could him were much still even off here because its i'll i've see one time
    new know got make well man
es: de la que el en y los se no del las por un con una su para es lo como más pero al me ya mi si cuando muy está a te
    le ha qué todo esta este eso hay porque tu sus son hoy nos sin ser yo también o ni fue hasta tengo tiene día nada
    les vez esto así sólo solo desde siempre quien dos tres ella ellos ellas aquí ahora después antes nunca algo
    alguien quién dónde donde todos todas toda otro otra otros otras mismo misma mucho mucha muchos muchas poco mejor
    peor días año años gente cosa cosas tiempo somos soy están estoy estaba hacer hace voy vas va van vamos ir puede
    puedo he han entre sobre estas estos esas mis nuestro nuestra era tan cada vos ustedes gracias hola ayer mañana
    usted él mí ti buen bueno buena quiero tienes tienen hemos bien ese esa esos mas mal estar uno da os has dia dias
    había dan e ver menos pues sí sea sé gran eres buenos igual tanto casi aunque aún nadie tampoco será tú luego tener
    sido según sino estan asi tambien aqui
eu: eta da ez bat dut du zen dira baina oso ere hau egin dela nire gaur zer izan naiz dugu zait ditu gara zara dago
    egun hori den gabe arte oraindik berriro beti inoiz inork ezer nik zuk guk zuek dute daude ziren zuen nuen genuen
    ditut dituzte zaizue nahi behar ondo hemen orain atzo bihar bai noiz non zergatik nola zein asko gutxi bera berri
    berria egiten joan etorri oraingoz gero baino
fr: de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec je mais vous on
    nous cette à c'est j'ai a elle ils tu me te moi toi mon ma mes ton son sa ses si tout tous fait être avoir été
    quand comme bien aussi même très y ou où ça ai suis as votre notre leur sans ces aux d'un d'une qu'il n'est faut
    rien jamais toujours après avant encore dit deux leurs ici là donc car peut peux veux vais va trop peu chez vers
    entre jour merci bonjour pourquoi quel quelle non oui était nos vos lui dont sous depuis autre autres vraiment
    demain hier aujourd'hui quelqu'un personne n'a s'est l'on qu'on j'aime contre ont moins comment sera ans temps
    nouveau nouvelle faire première c’est mieux bientôt dire bon
gl: de que e o a os as un unha para con non por do da dos das no na nos nas é se como máis pero moi xa ao á lle son foi
    eu me hoxe dende ou unhas uns cando tamén ten hai ben moitas grazas pola polo cos ninguén estou en dous dúas tres
    ti vós vos el ela eles elas isto iso este esta estes estas ese esa eses esas meu miña meus miñas teu túa seu súa
    noso nosa nin só así aquí aí alí agora despois antes onte mañá sempre nunca nada algo alguén quen onde todo todos
    toda todas outro outra outros outras mesmo moito moita moitos pouco mellor peor día días ano anos xente cousa tempo
    foron era somos sodes está están estaba teño tes temos teñen había fai fan facer vou vai imos van ir vén pode
    podedes hei sobre sen ata entre aínda porque lles tan cada
it: di e che il la un a per in una è non sono si con del le dei da come al ha i lo ma della più o anche se mi nel ho
    gli alla questo questa quando ci io tu hai cosa perché solo tutto tutti mio mia poi fare c'è bene oggi dalla nella
    ti ne chi su delle degli sempre ancora stato già mai fa sta sto stai hanno abbiamo siamo sei era essere grazie
    bella bello così dove adesso ora altro altri dopo prima senza molto troppo ogni tra fra dai dal nei sul sulla ai
    lei lui noi voi loro questi queste quello quella voglio giorno anni buona buon quindi però qui vi li uno dire posso
    può devo deve nessuno niente oh va qualcuno sia stata proprio domani ieri alle no me te gente sua poco tua so sa
    vai quel quelle tempo ad ed fatto quanto contro sarà cose fanno suo due tanto tutte sì po invece vero tuo ecco
    detto cui far perchè
nl: de het een en van in is dat op te ik niet zijn met voor maar die er aan ook je om we heeft was wat naar als bij
    nog dan wel geen uit mijn deze zo al ze hij over meer kan moet onze niemand
pt: de que e o a os as do da dos em um uma para com não no na se por mais como mas foi ao ele ela das tem seu sua ou
    quando muito já eu também você isso é me meu minha pra te só vai ser está nos nas quem sem até pelo pela esse essa
    este esta são estou ter tudo nosso hoje ninguém era à às aos depois eles elas agora antes sempre nunca nada algo
    onde todo todos toda todas outro outra outros outras mesmo mesma pouco tempo vou vamos ir vem pode podem sobre
    entre porque cada ainda isto aquilo nossa teu tua minhas meus coisa coisas gente alguém bom boa fazer faz temos
    tenho aqui assim três dois duas dia dias ano anos melhor pior muita muitos obrigado obrigada desde estes estas
    esses essas estava eram estão nem tão lhe ti vão vos vós pelos pelas umas uns numa num gostei queria ontem ai sou
    sei aí ja vez vi mal dela so posso to estar tá tô bem vc pq pro quero nao né demais acho dá dele desse sim fica ta
"""

COMMON_WORDS = {
    line[:2]: frozenset(line[3:].split()) for line in _COMMON_WORDS.replace("\n    ", " ").strip().split("\n")
}
"""What a tag is checked against. Words that languages share stand in each of them."""

_PLACES = {language: place for place, language in enumerate(COMMON_WORDS)}

_COUNTED = {
    word: sum(1 << 8 * place for language, place in _PLACES.items() if word in COMMON_WORDS[language])
    for word in frozenset().union(*COMMON_WORDS.values())
}
"""By word, a number with 1 in the byte of each of its languages: one sum counts for all languages at once."""

_ALL_COMMON_WORDS = frozenset(_COUNTED)

HEAD_START = 5.0
"""In natural logarithms of py3langid's score. Of 3,678 tweets in the six languages 0 leaves 97.2 % right, 5 98.3 %;
12 adds 0.2 points, but where only English and Spanish are configured it takes 8 % of Portuguese for Spanish, 5 2 %."""

SHORT = 20
"""Letters; below, py3langid is right in 78 % of tweets, from here to 40 in 95 %."""

CLEAR, FAINT = 0.6, 0.1
"""Shares of the whole. Short texts found with 0.6 or more are right in 95 %; below 0.1 no language is heard at all."""

BORNE_OUT = 0.2
"""The share that is enough for a short text without a tag where no language has more of its common words than the one
found: 63 of 412 short tweets, 90 % of them right."""

ENOUGH_WORDS, LEAD_WORDS = 3, 2
"""Common words that settle a text without a tag, and by how many more than the next language's. Of 11,034 tweets in
the six languages they settle 67 %, 99.7 % of those rightly, without the 100 us that py3langid takes."""

_HEARD, _READ, _LISTENED = 300, 2_000, 100
"""Characters whose words are looked up; that are cleaned; and of these, given to py3langid: 0.3 us each, and after 80
nothing is gained."""

_MARKS = ".,;:!?¡¿()\"'…*-"

_NOT_LANGUAGE = re.compile(r"https?(?:://\S+|\b)|www\.\S+|@\w+|#", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2}(?![a-z0-9])", re.IGNORECASE)
_RENAMED = {"in": "id", "iw": "he", "ji": "yi"}
"""Codes that ISO 639-1 gave up in 1989 and that networks still send."""


class LanguageIdentifier:
    """Identifies the language of short texts, given which ones matter here.

    Args:
        languages: ISO 639-1 codes of the configured languages; one that py3langid does not know comes from tags alone.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = frozenset(languages)

    def identify(self, text: str, tag: str | None) -> str:
        """The language of `text`: ISO 639-1, or `und`; a neighbour's own code where it is no configured language.

        `tag` is what the source says (`es`, `es-ES`), a hint; None or nonsense is none. Never raises.
        """
        return self.identify_all((text,), (tag,))[0]

    def identify_all(self, texts: Sequence[str], tags: Sequence[str | None]) -> list[str]:
        """`identify` for each text: step by step for all, each step's tables stay in the processor's caches."""
        claimed = list(map(tag_language, tags))
        heard = [_heard(text[:_HEARD].lower().split()) for text in texts]
        settled = list(map(_settled, heard, claimed))
        left = [at for at, language in enumerate(settled) if language is None]
        asked = dict(zip(left, self._asked([(texts[at], claimed[at]) for at in left]), strict=True))
        return [language or asked[at] for at, language in enumerate(settled)]

    def _asked(self, texts: Sequence[tuple[str, str | None]]) -> list[str]:
        """What the model says where it is sure; else the tag, or what the common words bear out, or `und`."""
        asked = [(_cleaned(text), claimed) for text, claimed in texts]
        short = [sum(map(str.isalpha, text)) < SHORT for text, _ in asked]
        told = [
            (claimed, 1.0) if is_short and claimed is not None else self._model.classify(text)
            for (text, claimed), is_short in zip(asked, short, strict=True)
        ]
        return [self._decided(*each, is_short, *said) for each, is_short, said in zip(asked, short, told, strict=True)]

    def _decided(self, cleaned: str, claimed: str | None, short: bool, found: str, share: float) -> str:
        if claimed is not None:
            return str(found) if share >= CLEAR else claimed
        heard = _heard(word.strip(_MARKS) for word in cleaned.lower().split())
        return self._weighed(str(found), share, short, dict(zip(COMMON_WORDS, heard, strict=True)))

    def _weighed(self, found: str, share: float, short: bool, counts: Mapping[str, int]) -> str:
        """`found`, if its share or the common words, counted by language, are enough; else `und` or a neighbour."""
        own = counts.get(found, 0)
        rivals = [near for near in MISTAKABLE.get(found, ()) if near not in self._languages]
        rival = max(rivals, key=counts.__getitem__, default=None)
        against = counts[rival] if rival else 0
        if rival and against > own:
            return rival
        borne_out = own == max(counts.values()) > against
        enough = FAINT if not short else BORNE_OUT if borne_out else CLEAR
        return found if share >= enough else UNDETERMINED

    @cached_property
    def _model(self) -> "Model":
        return _model_of(self._languages)


@lru_cache(4)
def _model_of(languages: frozenset[str]) -> "Model":
    """What tells these languages, their neighbours and the widespread ones apart; takes most of a second."""
    from py3langid.langid import MODEL_FILE  # 0.4 s of numpy, which a run of tagged texts does without
    from py3langid.langid import LanguageIdentifier as Model

    neighbours = [near for language in sorted(languages) for near in NEIGHBOURS.get(language, ())]
    wanted = {*languages, *neighbours, *WIDESPREAD}
    whole = Model.from_model_file(MODEL_FILE)
    columns = [i for i, language in enumerate(whole.nb_classes) if language in wanted]
    classes = [whole.nb_classes[i] for i in columns]
    prior = whole.nb_pc[columns]
    prior += [HEAD_START if language in languages else 0.0 for language in classes]
    # Its own table lets the other 100 languages go; in 32 bits, each row in one piece, a text takes half the time.
    return Model(
        whole.nb_ptc[:, columns].astype("float32", order="C"),
        prior,
        classes,
        whole.tk_nextmove,
        array("i", whole.tk_output),
        norm_probs=True,
        tk_row=whole.tk_row,
    )


@lru_cache(1_000)
def tag_language(tag: str | None) -> str | None:
    """The ISO 639-1 code in a source's tag (`es`, `ES`, `es-419`, `pt_BR`); None when there is none."""
    if not tag or not (match := _TAG.match(tag)):
        return None
    code = match[0].lower()
    code = _RENAMED.get(code, code)
    return code if code in ISO_639_1 else None


def _cleaned(text: str) -> str:
    """What the model is given: no addresses and handles, no capitals where they are the rule."""
    cleaned = _NOT_LANGUAGE.sub(" ", text[:_READ])[:_LISTENED]
    capitals = sum(map(str.isupper, cleaned))
    return cleaned.lower() if 2 * capitals > sum(map(str.isalpha, cleaned)) else cleaned


def _heard(words: Iterable[str]) -> bytes:
    """How many different common words of each language there are, at the places of `_PLACES`."""
    known = _ALL_COMMON_WORDS.intersection(words)
    return sum(map(_COUNTED.__getitem__, known)).to_bytes(len(_PLACES), "little")


def _leads(heard: bytes, language: str) -> bool:
    """Whether more common words are of `language` than of any other."""
    most = max(heard)
    return language in _PLACES and heard[_PLACES[language]] == most and heard.count(most) == 1


def _settled(heard: bytes, claimed: str | None) -> str | None:
    """The language, where common words bear out the tag or name one without; None: the model is to be asked."""
    if claimed is None:
        return _plainly(heard)
    return claimed if _leads(heard, claimed) else None


def _plainly(heard: bytes) -> str | None:
    """The language that a text's common words name beyond doubt; None when they leave any."""
    *_, second, first = sorted(heard)
    if first < ENOUGH_WORDS or first - second < LEAD_WORDS:
        return None
    return tuple(COMMON_WORDS)[heard.index(first)]
