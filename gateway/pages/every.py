"""All pages. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.pages import entry, generations

PAGES: tuple[APIRouter, ...] = (entry.root, entry.router, generations.live, generations.router)
