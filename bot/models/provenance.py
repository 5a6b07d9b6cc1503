"""How a picture says that a machine made it: an XMP packet with IPTC's digital source type.

It is written where we encode a picture anew; a vendor's own bytes keep the vendor's own marks.
"""

from __future__ import annotations

from enum import StrEnum


class DigitalSourceType(StrEnum):
    """IPTC's terms (cv.iptc.org/newscodes/digitalsourcetype), as far as pictures of ours need them."""

    MADE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    COMPOSED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    """What shows a machine's pictures beside others: comparisons, family trees."""


def xmp(source: DigitalSourceType) -> bytes:
    """The packet, as JPEG, PNG and WebP files hold it (XMP specification, part 1; IPTC photo metadata standard)."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()
