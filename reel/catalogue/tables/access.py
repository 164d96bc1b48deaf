"""Tables of keys and credits, and of who is told what."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint

from reel.catalogue import credentials, live, money, values
from reel.catalogue.tables.keys import ROW, of_generation, of_tenant


class AccountRow(money.AccountBalance, table=True):
    __tablename__ = "credit_account"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("credit_account"),
        # Whatever the code does: what a tenant does not have, it cannot spend.
        CheckConstraint("balance >= 0 or account in ('purchased', 'granted')", name="credit_account_covered"),
    )


class TransferRow(money.Transfer, table=True):
    # No key to the generation: the books outlast it. Triggers keep rows as they are (`v0007_credits`).
    __tablename__ = "credit_transfer"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("credit_transfer"),
        CheckConstraint("amount > 0 and debited <> credited", name="credit_transfer_moves"),
        Index("credit_transfer_generation", "tenant_id", "generation"),
        Index("credit_transfer_created", "tenant_id", "created"),
    )


class ApiKeyRow(credentials.ApiKey, table=True):
    # Looked up before it is known whose it is.
    __tablename__ = "api_key"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("api_key"), UniqueConstraint("id", name="api_key_id"))


class EndpointRow(values.Endpoint, table=True):
    __tablename__ = "webhook_endpoint"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("webhook_endpoint"),)


class EventRow(values.WebhookEvent, table=True):
    __tablename__ = "webhook_event"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_generation("webhook_event"),
        ForeignKeyConstraint(
            ["tenant_id", "endpoint"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            name="webhook_event_endpoint",
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "endpoint", "generation", "sequence", name="webhook_event_order"),
        Index("webhook_event_due", "state", "next_at"),
        Index("webhook_event_sequence", "tenant_id", "generation", "sequence"),
    )


class FeedRow(live.FeedEvent, table=True):
    # Numbered once it is committed, so nobody who reads by number misses any (`feed`).
    __tablename__ = "feed"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("feed"),
        of_generation("feed"),
        UniqueConstraint("number", name="feed_number"),
        Index("feed_place", "tenant_id", "number"),
        Index("feed_type", "tenant_id", "generation", "type"),
        Index("feed_created", "created"),
    )


class FeedHeadRow(live.FeedHead, table=True):
    # Of the installation: the feed of all tenants is one.
    __tablename__ = "feed_head"
    model_config = ROW  # type: ignore[assignment]
