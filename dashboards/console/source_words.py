"""What sources say of themselves, in Spanish: why they missed something, and what is wrong with them now.

Sources write one English sentence, which is stored and logged; whoever shows it speaks the reader's language. What has
no words here (a newer source, the system's own message) is shown as it was written.
"""

import re
from collections.abc import Sequence

_SAID: Sequence[tuple[str, str]] = (
    # why something was missed
    (r" no longer had what followed the last event known$", r" ya no tenía lo que siguió al último evento leído"),
    (r" was replaced or cut short (?=while )", r" se sustituyó o se acortó "),
    (r"\bwhile nobody read it$", r"mientras nadie lo leía"),
    (r"\bwhile it was read$", r"mientras se leía"),
    (r"^the simulated network was out of reach$", r"no se podía alcanzar la red simulada"),
    # what is wrong with a connection
    (r"\bconnection lost$", r"se perdió la conexión"),
    (r"\bthe host closed the connection \((\d+)\)$", r"el servidor cerró la conexión (\1)"),
    (r"\ba message too large to receive$", r"un mensaje demasiado grande para recibirlo"),
    (r"\bsilent for (\d+) s$", r"en silencio desde hace \1 s"),
    (r"\bno event for (\d+) s$", r"sin ningún evento desde hace \1 s"),
    (r"\bno answer within (\d+) s$", r"sin respuesta en \1 s"),
    (r"\bcannot connect: ", r"no se puede conectar: "),
    # what is wrong with a feed, of several in one line
    (r"(?:(?<=^)|(?<=; ))feed (\d+) \(", r"canal \1 ("),
    (r"; and (\d+) more$", r"; y \1 más"),
    (r"\bno complete answer within ([\d.]+) s(?=;|$)", r"sin respuesta completa en \1 s"),
    (r"\bmore than (\d+) redirects(?=;|$)", r"más de \1 redirecciones"),
    (r"\bmore than (\d+) bytes(?=;|$)", r"más de \1 bytes"),
    (r"\bthe name cannot be resolved(?=;|$)", r"el nombre no se puede resolver"),
    (r"\bit has no address(?=;|$)", r"no tiene dirección"),
    (r"\bthe compressed answer is damaged(?=;|$)", r"la respuesta comprimida está dañada"),
    (r"\bthe compressed answer is cut off(?=;|$)", r"la respuesta comprimida está cortada"),
    (
        r"\bis not on the public internet; only public addresses are fetched(?=;|$)",
        r"no está en la internet pública; solo se leen direcciones públicas",
    ),
    (r"\bgone for good \(HTTP 410\)(?=;|$)", r"desaparecido para siempre (HTTP 410)"),
    (r"\bno feed: neither RSS nor Atom(?=;|$)", r"no es un canal: ni RSS ni Atom"),
    (r"\bno feed: ", r"no es un canal legible: "),
    # what is wrong with a file
    (r": cannot be read: ", r": no se puede leer: "),
    (r": No such file or directory$", r": no existe"),
    (r": Permission denied$", r": falta permiso"),
    (r": is a folder; name a file in it$", r": es una carpeta; indica un archivo de ella"),
    (r": is compressed and cannot be followed; replay reads it$", r": está comprimido: solo `replay` lo lee"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(english), spanish) for english, spanish in _SAID)


def in_spanish(told: str) -> str:
    """Say in Spanish what a source told in English; parts without Spanish words stay as they are.

    >>> in_spanish("jetstream.example: connection lost")
    'jetstream.example: se perdió la conexión'
    """
    for english, spanish in _PATTERNS:
        told = english.sub(spanish, told)
    return told
