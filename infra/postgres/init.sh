#!/bin/sh
# Two databases and their roles, made once, when PostgreSQL starts on an empty disk. None of the roles is a superuser:
# superusers pass through row-level security, and the catalogue relies on it.
#
#   prefect          owns the database of the Prefect server; its migrations make the extension pg_trgm, as an owner may
#   reelflow_owner   owns the catalogue's tables; migrations alone use it
#   reelflow         workers and exporter: reads and writes rows, and cannot change tables or policies
set -eu

psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 \
    --set prefect="$PREFECT_DB_PASSWORD" \
    --set owner="$REELFLOW_OWNER_PASSWORD" \
    --set reelflow="$REELFLOW_DB_PASSWORD" <<'SQL'
CREATE ROLE prefect LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'prefect';
CREATE ROLE reelflow_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE reelflow LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'reelflow';

CREATE DATABASE prefect OWNER prefect;
CREATE DATABASE reelflow OWNER reelflow_owner;
REVOKE ALL ON DATABASE prefect FROM PUBLIC;
REVOKE ALL ON DATABASE reelflow FROM PUBLIC;
GRANT CONNECT ON DATABASE reelflow TO reelflow;

\connect reelflow
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO reelflow;
ALTER DEFAULT PRIVILEGES FOR ROLE reelflow_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO reelflow;
ALTER DEFAULT PRIVILEGES FOR ROLE reelflow_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO reelflow;
SQL
