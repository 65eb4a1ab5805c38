#!/bin/sh
# The database and its two users, made once, with a new volume: `atalaya` owns the store, `reader` reads it (Grafana).
# Neither is an administrator. Run by the image of PostgreSQL; FOLDER is where the passwords lie.
# `psql` reads the words itself, so that they stand in no list of processes; `password_encryption` keeps them hashed.
set -eu
folder=${FOLDER:-/run/secrets}

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<SQL
\set store \`cat '$folder/store_password'\`
\set reader \`cat '$folder/reader_password'\`
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
CREATE ROLE atalaya LOGIN PASSWORD :'store';
CREATE ROLE reader LOGIN PASSWORD :'reader' CONNECTION LIMIT 10;
ALTER ROLE reader SET default_transaction_read_only = on;
ALTER ROLE reader SET statement_timeout = '30s';
GRANT pg_read_all_data TO reader;
CREATE DATABASE atalaya OWNER atalaya;
REVOKE ALL ON DATABASE atalaya FROM PUBLIC;
GRANT CONNECT ON DATABASE atalaya TO reader;
SQL
