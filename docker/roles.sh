#!/bin/sh
# The two roles of the gateway: an owner that migrates, and the service's, bound by row-level
# security. Run once, by the image, when the database is made.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=owner_password="$OWNER_PASSWORD" --set=service_password="$SERVICE_PASSWORD" <<'SQL'
create role gateway_owner login createrole password :'owner_password';
create role gateway_service login password :'service_password';
create database gateway owner gateway_owner;
SQL
