"""Titles of the sixteen rules, what is missing where one cannot be measured, what to do where it is low; en and es."""

from collections.abc import Mapping

from dashboards.review.values import Text

TITLES: Mapping[int, Text] = {
    1: Text("Increase your linkability", "Sea fácil de enlazar"),
    2: Text("Make sharing and bookmarking easy", "Facilite que se comparta y se guarde"),
    3: Text("Reward inbound links", "Premie a quien le enlaza"),
    4: Text("Help your content travel", "Ayude a que su contenido viaje"),
    5: Text("Encourage the mash-up", "Anime a que otros lo reutilicen"),
    6: Text("Be a resource, even if it doesn't help you", "Sea útil, aunque no le beneficie"),
    7: Text("Reward helpful and valuable users", "Premie a quienes ayudan y valen"),
    8: Text("Participate", "Participe"),
    9: Text("Know how to target your audience", "Sepa llegar a su público"),
    10: Text("Create content", "Cree contenido"),
    11: Text("Be real", "Sea auténtico"),
    12: Text("Don't forget your roots, be humble", "No olvide sus raíces, sea humilde"),
    13: Text("Don't be afraid to try new things, stay fresh", "Atrévase a probar cosas nuevas"),
    14: Text("Develop a social media strategy", "Tenga una estrategia"),
    15: Text("Choose your tactics wisely", "Elija bien sus tácticas"),
    16: Text("Make it part of your process", "Hágalo parte de su trabajo diario"),
}
_DOMAINS = Text(
    "No link to the brand's pages: name its `domains`, or nobody linked.",
    "Ningún enlace a sus páginas: indique sus `domains`, o nadie enlazó.",
)
MISSING: Mapping[int, Text] = {
    1: Text("The brand names no `domains`.", "La marca no indica `domains`."),
    2: Text(
        "Reactions to own posts are not read again a day later.",
        "Las reacciones a las publicaciones propias no se vuelven a leer al día siguiente.",
    ),
    3: _DOMAINS,
    4: Text(
        "No own page had its first 72 hours end in this period, or the brand names no `domains`.",
        "Ninguna página propia cumplió sus primeras 72 horas en este periodo, o la marca no indica `domains`.",
    ),
    5: Text("No own post is seen: name the brand's `accounts`.", "No se ve nada propio: indique las `accounts`."),
    6: Text(
        "No own answer is seen, or the brand names no `domains`; whether one was useful, the team must say.",
        "No se ve ninguna respuesta propia, o la marca no indica `domains`; si fue útil, solo el equipo lo sabe.",
    ),
    9: Text(
        "The brand declares no `audience`, or nothing is known of it.",
        "La marca no declara su `audience`, o no se sabe nada de él.",
    ),
    10: Text("No own post is seen: name the brand's `accounts`.", "No se ve nada propio: indique las `accounts`."),
    12: Text(
        "No own answer is seen, and no thanks were written down (`atalaya thank`), or nobody praised.",
        "No se ve ninguna respuesta propia ni se anotaron agradecimientos (`atalaya thank`), o nadie elogió.",
    ),
    13: Text(
        "No action was ever written down: declare an experiment with `atalaya action add … --rule 13`.",
        "Nunca se anotó ninguna acción: declare un experimento con `atalaya action add … --rule 13`.",
    ),
    14: Text("The brand sets itself no `goals`.", "La marca no se ha puesto `goals`."),
    15: Text(
        "No action was ever written down: begin with `atalaya action add`.",
        "Nunca se anotó ninguna acción: empiece con `atalaya action add`.",
    ),
    16: Text(
        "No action was to be closed, and no alert opened, in this period.",
        "En este periodo no había que cerrar ninguna acción ni se abrió ninguna alerta.",
    ),
}
"""Shown where nothing could be measured; of a rule that is not here the figure's own note."""
ACTIONS: Mapping[int, Text] = {
    1: Text(
        "Look at the pages that nobody links to: give each a title and an address of its own.",
        "Mire las páginas que nadie enlaza: dé a cada una título y dirección propios.",
    ),
    3: Text("Thank one of the linkers above today.", "Dé hoy las gracias a uno de los enlazadores de arriba."),
    4: Text(
        "Offer the next page to the people who shared the last ones.",
        "Ofrezca la próxima página a quienes compartieron las últimas.",
    ),
    5: Text(
        "Offer something that others can use: a figure, a picture, a recipe.",
        "Ofrezca algo que otros puedan usar: una cifra, una imagen, una receta.",
    ),
    6: Text(
        "Answer one question this week that sells nothing.", "Responda esta semana a una pregunta que no venda nada."
    ),
    7: Text(
        "Thank those who speak well of you, first who has waited longest (`atalaya thank`).",
        "Dé las gracias a quienes hablan bien de usted, primero a quien más espera (`atalaya thank`).",
    ),
    8: Text(
        "Answer the questions that wait, those with most readers first.",
        "Responda a las preguntas que esperan, primero las más leídas.",
    ),
    9: Text(
        "Compare where mentions come from with whom you write for.",
        "Compare de dónde vienen las menciones con para quién escribe.",
    ),
    10: Text("Write more of the kind of post that drew replies.", "Publique más de lo que obtuvo respuestas."),
    11: Text(
        "Look at the campaigns, and say in public which of them is not yours.",
        "Mire las campañas y diga en público cuáles no son suyas.",
    ),
    12: Text("Thank for one praise today, in words of your own.", "Agradezca hoy un elogio, con palabras propias."),
    13: Text(
        "Try one new thing, and write it down before it begins: `atalaya action add … --rule 13`.",
        "Pruebe una cosa nueva y anótela antes de empezar: `atalaya action add … --rule 13`.",
    ),
    15: Text(
        "Say how each action ended (`atalaya action close`), and choose the next one by what followed.",
        "Diga cómo acabó cada acción (`atalaya action close`) y elija la próxima por lo que siguió.",
    ),
    16: Text(
        "Agree on who looks at alerts and who closes actions, and by when.",
        "Acuerden quién mira las alertas, quién cierra las acciones y hasta cuándo.",
    ),
    14: Text(
        "Choose the goal that was missed by most, and one action for it.",
        "Elija el objetivo más lejano y una acción para él.",
    ),
}
KINDS: Mapping[str, Text] = {
    "post": Text("posts", "publicaciones"),
    "reply": Text("replies", "respuestas"),
    "quote": Text("quotes", "citas"),
    "article": Text("articles", "artículos"),
    "repost": Text("reposts", "reenvíos"),
    "comment": Text("comments", "comentarios"),
    "review": Text("reviews", "reseñas"),
}
"""What people call the kinds of posts, in the plural."""
