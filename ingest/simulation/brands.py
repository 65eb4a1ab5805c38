"""The two invented brands."""

from mentions.brands import Brand

SOURCE = "simulated"
LUMBRE = Brand(
    name="lumbre",
    # The word is Spanish for a hearth fire: what is said of real ones must not count.
    query='(lumbre OR @lumbre OR #lumbre OR domain:lumbre.example) NOT ("a la lumbre" OR "de la lumbre" OR '
    '"junto a la lumbre" OR "encender la lumbre")',
    accounts=(f"{SOURCE}:lumbre",),
    ambassadors=(f"{SOURCE}:amasa_con_ines",),
    domains=("lumbre.example",),
    time_zone="Europe/Madrid",
)
NUBIRA = Brand(
    name="nubira",
    query="nubira* OR @nubira_air OR #nubira OR domain:nubira.example OR (nuvira NEAR/5 (vuelo OR flight))",
    accounts=(f"{SOURCE}:nubira_air",),
    ambassadors=(f"{SOURCE}:martina_vuela",),
    domains=("nubira.example",),
    notable=("link:elfarodiario.example",),
    time_zone="Europe/Madrid",
)
DEMO_BRANDS: tuple[Brand, ...] = (LUMBRE, NUBIRA)
"""What `demo` watches."""
