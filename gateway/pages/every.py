"""All pages. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.pages import (
    assets,
    batches,
    credits,
    entry,
    generations,
    keys,
    openid,
    operator,
    ordering,
    stored,
    webhooks,
)

PAGES: tuple[APIRouter, ...] = (
    entry.root,
    entry.router,
    openid.router,
    generations.live,
    ordering.router,  # before what takes the name of its page for an id
    generations.router,
    batches.router,
    assets.pictures,
    assets.router,
    stored.pictures,
    stored.router,
    credits.router,
    webhooks.router,
    keys.router,
    operator.router,
)
