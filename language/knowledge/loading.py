"""Opens what searching works with: the encoder, where its files are. Searches nothing."""

from language.encoders.encoder import Encoder
from language.encoders.files import FileError
from language.knowledge.meanings import Meanings
from language.knowledge.search import Tools


def load_tools() -> Tools:
    """Return the encoder; words alone where the encoder's files are not there.

    About 100 MB of memory and half a second; one for a process is enough.
    """
    try:
        encoder = Encoder()
    except FileError:
        return Tools()
    return Tools(Meanings(encoder))
