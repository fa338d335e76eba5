"""How an HTML document begins that a browser may open from anywhere."""

from __future__ import annotations

import base64
import hashlib


def html_head(title: str, style: str) -> str:
    """Return all up to the heading, which is the title, escaped already.

    The document needs no other files, and a browser neither runs nor loads anything in it.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1><bdi>{title}</bdi></h1>\n"
    )
