"""The keys of a `[[brand]]` section."""

from typing import Annotated

from msgspec import Struct

from mentions.brands import AudiencePart, Goal, Role, Sensitivity
from mentions.settings_schema import says

ZONE = 'an IANA time zone, such as "Europe/Madrid" or "UTC"'
Zone = Annotated[str, says("", ZONE, min_length=1)]
AccountName = Annotated[
    str, says("", 'accounts as "source:handle" or "source:id"', pattern=r"^[a-z0-9][a-z0-9_.-]*:\S+\Z")
]
AspectName = Annotated[str, says("", "a name of at most 40 characters", pattern=r"^\S(.{0,38}\S)?\Z")]
AudienceWord = Annotated[str, says("", "codes or words", pattern=r"^\S(.{0,98}\S)?\Z")]
AspectWord = Annotated[str, says("", 'words or phrases, such as "standing in line"', pattern=r"^-?[^-].{0,99}\Z")]
Domain = Annotated[str, says("", 'domains, such as "lumbre.example"', pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+\Z")]

SpamEntry = Annotated[
    str,
    says(
        "",
        'entries as "author:source:handle", "domain:host" or "phrase:words"',
        pattern=r"^(author:[a-z0-9][a-z0-9_.-]*:\S+|domain:[a-z0-9-]+(\.[a-z0-9-]+)+|phrase:\s*\S.{0,99})\Z",
    ),
]


class BrandSettings(Struct, frozen=True, kw_only=True):
    """What to look for. Seeds `mentions.brands.Brand`; later versions live in the store."""

    name: Annotated[
        str,
        says(
            "Short and stable: it labels metrics and rows.",
            'letters, digits, - and _, at most 63, not "other"',
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z",
        ),
    ]
    query: Annotated[
        str, says("What its mentions say, in the query language.", 'a query such as "lumbre OR @lumbre"', pattern=r"\S")
    ]
    accounts: Annotated[
        tuple[AccountName, ...], says("The brand's own accounts.", 'a list such as ["bluesky:lumbre.example"]')
    ] = ()
    ambassadors: Annotated[
        tuple[AccountName, ...], says("Employees and partners who said so.", 'a list such as ["bluesky:ana.example"]')
    ] = ()
    role: Annotated[Role, says("Whose brand it is.")] = "own"
    time_zone: Annotated[Zone | None, says("Days in reports are this zone's; none: that of [time].", ZONE)] = None
    aspects: Annotated[
        dict[AspectName, tuple[AspectWord, ...]],
        says(
            "Words that show what a mention is about: added to the default aspect of that name, or a further aspect.",
            'a table such as { price = ["flour", "-dear"], queue = ["queue", "standing in line"] }',
        ),
    ] = {}
    domains: Annotated[
        tuple[Domain, ...],
        says("The brand's own pages: who links to them is shown.", 'a list such as ["lumbre.example"]'),
    ] = ()
    watchwords: Annotated[
        dict[AspectName, tuple[AspectWord, ...]],
        says(
            "Words that alert on the first post: added to the lists safety, legal, data and minors, or a further list.",
            'a table such as { safety = ["mould", "moho"], recall = ["recall", "-total recall"] }',
        ),
    ] = {}
    notable: Annotated[
        tuple[AccountName, ...],
        says(
            "Accounts whose first post alerts; link:DOMAIN for media by what they link to.",
            'a list such as ["bluesky:press.example", "link:news.example"]',
        ),
    ] = ()
    notable_followers: Annotated[
        int, says("Authors with at least so many followers alert too; 0: none do.", "0 or more", ge=0)
    ] = 0
    sensitivity: Annotated[Sensitivity, says("How soon a negative spike alerts; quiet: rarely, sensitive: early.")] = (
        "normal"
    )
    allow: Annotated[
        tuple[SpamEntry, ...],
        says(
            "Never spam: authors, domains, phrases; wins over block.",
            'a list such as ["author:bluesky:press.example", "domain:lumbre.example", "phrase:free bread"]',
        ),
    ] = ()
    block: Annotated[
        tuple[SpamEntry, ...],
        says(
            "Counts nothing: authors, domains, phrases.",
            'a list such as ["author:bluesky:seller.example", "domain:cheap.example", "phrase:watch repair"]',
        ),
    ] = ()
    audience: Annotated[
        dict[AudiencePart, tuple[AudienceWord, ...]],
        says(
            "Whom the brand wants to reach: the review shows how many of its mentions come from there.",
            'a table such as { countries = ["ES", "MX"], languages = ["es"], topics = ["bread", "pan"] }',
        ),
    ] = {}
    goals: Annotated[
        dict[Goal, float],
        says(
            "What figures of the review are to reach; negative_share: to stay below.",
            "a table of mentions, net_sentiment, negative_share, share_of_voice, response_share, evangelists, "
            "own_page_mentions, such as { net_sentiment = 0.3, response_share = 0.8 }",
        ),
    ] = {}
