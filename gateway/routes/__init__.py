"""The resources, a module each. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.routes import keys, system

ROUTERS: tuple[APIRouter, ...] = (system.router, keys.router)
