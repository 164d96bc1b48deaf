"""The one door to the web: requests that cannot be led to this machine or its networks (SSRF).

    with get("https://cdn.example/a.mp4", "clips[0].asset", {}, until=time.monotonic() + 60) as answer:
        for block in answer.blocks(): ...

A name is resolved once, every address it has must be public, and the connection goes to an address that was checked: a
name that changes its address in between (DNS rebinding) changes nothing. Redirects are followed by hand, each target
checked like the first. Nothing is taken from the environment: no proxy, no certificates, no `.netrc`; cookies are not kept.
A proxy of the settings resolves names itself, so whoever runs it has to guard what lies behind it.
"""

from reel.web.client import Answer, Broken, Posted, get, post
from reel.web.urls import Hosts, check_url

__all__ = ["Answer", "Broken", "Hosts", "Posted", "check_url", "get", "post"]
