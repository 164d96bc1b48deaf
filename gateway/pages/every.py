"""All pages. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.pages import assets, credits, entry, generations, operator, stored

PAGES: tuple[APIRouter, ...] = (
    entry.root,
    entry.router,
    generations.live,
    generations.router,
    assets.pictures,
    assets.router,
    stored.pictures,
    stored.router,
    credits.router,
    operator.router,
)
