#!/usr/bin/env bash
# Makes the roles and the database in a new PostgreSQL container; the migrations grant each role what it may do.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
  --set owner_password="$PG_OWNER_PASSWORD" \
  --set service_password="$PG_SERVICE_PASSWORD" \
  --set reader_password="$PG_READER_PASSWORD" <<'SQL'
CREATE ROLE leerlus_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE leerlus_service LOGIN PASSWORD :'service_password';
CREATE ROLE grafana_reader LOGIN PASSWORD :'reader_password';
ALTER ROLE grafana_reader SET default_transaction_read_only = on;
ALTER ROLE grafana_reader SET search_path = reporting;
ALTER ROLE grafana_reader SET statement_timeout = '30s';
CREATE DATABASE leerlus OWNER leerlus_owner;
REVOKE ALL ON DATABASE leerlus FROM PUBLIC;
GRANT CONNECT ON DATABASE leerlus TO leerlus_service, grafana_reader;
SQL
