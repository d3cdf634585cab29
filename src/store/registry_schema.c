#include "store/registry_schema.h"

static const char *const scripts[] = {
	/* --- parties ------------------------------------------------------- */
	"CREATE TABLE operator ("
	" operator_key BIGINT PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" display_name TEXT NOT NULL,"
	" country TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL,"
	" number_position BIGINT NOT NULL DEFAULT 0,"     /* head of the number feed */
	" number_forgotten BIGINT NOT NULL DEFAULT 0,"    /* removals up to here are no longer kept */
	" consent_position BIGINT NOT NULL DEFAULT 0,"
	" record_position BIGINT NOT NULL DEFAULT 0"      /* head of the call record feed (PostgreSQL) */
	");"
	"CREATE TABLE tenant ("
	" tenant_key BIGINT PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" display_name TEXT NOT NULL,"
	" default_domain TEXT NOT NULL,"
	" country TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL"
	");"
	"CREATE TABLE tenant_user ("
	" tenant_key BIGINT NOT NULL,"
	" id TEXT NOT NULL,"
	" user_principal_name TEXT NOT NULL,"
	" display_name TEXT NOT NULL,"
	" country TEXT NOT NULL,"
	" sip_uri TEXT,"
	" account_type TEXT NOT NULL,"    /* user, resourceAccount */
	" created_ms BIGINT NOT NULL,"
	" PRIMARY KEY (tenant_key, id),"
	" UNIQUE (tenant_key, user_principal_name)"
	");"
	"CREATE TABLE consent ("
	" operator_key BIGINT NOT NULL,"
	" tenant_key BIGINT NOT NULL,"
	" status TEXT NOT NULL,"
	" countries TEXT NOT NULL,"
	" contacts TEXT NOT NULL,"
	" notice_version TEXT,"
	" accepted_by TEXT,"
	" consented_ms BIGINT NOT NULL,"
	" modified_ms BIGINT NOT NULL,"
	" position BIGINT NOT NULL,"
	" PRIMARY KEY (operator_key, tenant_key)"
	");"
	"CREATE UNIQUE INDEX consent_feed ON consent (operator_key, position);"
	"CREATE INDEX consent_by_tenant ON consent (tenant_key, operator_key);"

	/* --- clients and their tokens --------------------------------------- */
	"CREATE TABLE client ("
	" id TEXT PRIMARY KEY,"
	" display_name TEXT NOT NULL,"
	" roles BIGINT NOT NULL,"
	" operator_key BIGINT NOT NULL DEFAULT 0,"
	" tenant_key BIGINT NOT NULL DEFAULT 0,"
	" secret_hash {blob} NOT NULL,"
	" created_ms BIGINT NOT NULL"
	");"
	"CREATE TABLE token ("
	" hash {blob} PRIMARY KEY,"
	" client_id TEXT NOT NULL,"
	" expires_ms BIGINT NOT NULL"
	");"
	"CREATE INDEX token_by_client ON token (client_id);"
	"CREATE INDEX token_by_expiry ON token (expires_ms);"

	/* --- numbers -------------------------------------------------------- */
	"CREATE TABLE number ("
	" number BIGINT PRIMARY KEY,"
	" sort_key BIGINT NOT NULL,"      /* orders numbers as their texts are ordered */
	" operator_key BIGINT NOT NULL,"
	" tenant_key BIGINT NOT NULL,"
	" iso_country TEXT NOT NULL,"
	" usage TEXT NOT NULL,"
	" capabilities TEXT NOT NULL,"
	" location_id TEXT,"
	" civic_address_id TEXT,"
	" allow_address_update BIGINT NOT NULL,"
	" network_site_id TEXT,"
	" reverse_lookup TEXT,"
	" assignment_status TEXT NOT NULL,"
	" target_id TEXT,"
	" category TEXT,"
	" sip_uri TEXT,"
	" release_requested BIGINT NOT NULL,"
	" modified_ms BIGINT NOT NULL,"
	" position BIGINT NOT NULL"       /* place in the operator's feed */
	");"
	"CREATE UNIQUE INDEX number_feed ON number (operator_key, position);"
	"CREATE INDEX number_by_operator ON number (operator_key, sort_key);"
	"CREATE INDEX number_by_tenant ON number (tenant_key, sort_key);"
	"CREATE INDEX number_by_target ON number (tenant_key, target_id);"
	"CREATE TABLE number_removed ("
	" operator_key BIGINT NOT NULL,"
	" position BIGINT NOT NULL,"
	" number BIGINT NOT NULL,"
	" removed_ms BIGINT NOT NULL,"
	" PRIMARY KEY (operator_key, position)"
	");"
	"CREATE INDEX number_removed_by_number ON number_removed (operator_key, number);"
	"CREATE TABLE assignment_span ("  /* who held the number when; [from, to) */
	" number BIGINT NOT NULL,"
	" from_ms BIGINT NOT NULL,"
	" to_ms BIGINT,"
	" operator_key BIGINT NOT NULL,"
	" tenant_key BIGINT NOT NULL,"
	" target_id TEXT NOT NULL,"
	" assignment_status TEXT NOT NULL,"
	" sip_uri TEXT NOT NULL,"
	" PRIMARY KEY (number, from_ms)"
	");"
	"CREATE INDEX assignment_span_by_end ON assignment_span (to_ms);"
	"CREATE TABLE number_order ("
	" operator_key BIGINT NOT NULL,"
	" id TEXT NOT NULL,"
	" tenant_id TEXT,"                /* as given: there need not be such a tenant */
	" type TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL,"
	" finished_ms BIGINT,"
	" defaults TEXT NOT NULL,"        /* what the order says for all of its numbers, JSON */
	" PRIMARY KEY (operator_key, id)"
	");"
	"CREATE INDEX number_order_open ON number_order (status, created_ms);"
	"CREATE INDEX number_order_by_time ON number_order (operator_key, created_ms, id);"
	"CREATE TABLE number_order_entry ("
	" operator_key BIGINT NOT NULL,"
	" order_id TEXT NOT NULL,"
	" entry BIGINT NOT NULL,"
	" telephone_number TEXT NOT NULL,"
	" own TEXT,"                      /* what the entry says for itself, JSON */
	" status TEXT NOT NULL,"
	" error_code TEXT,"
	" message TEXT,"
	" PRIMARY KEY (operator_key, order_id, entry)"
	");"
	"CREATE TABLE operation ("        /* the tenant's assignments, as Graph's long-running operations */
	" tenant_key BIGINT NOT NULL,"
	" id TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL,"
	" status TEXT NOT NULL,"
	" number BIGINT NOT NULL,"
	" operator_key BIGINT NOT NULL,"
	" detail TEXT,"
	" PRIMARY KEY (tenant_key, id)"
	");"
	"CREATE INDEX operation_by_time ON operation (created_ms);"

	/* --- uploads -------------------------------------------------------- */
	"CREATE TABLE batch ("
	" operator_key BIGINT NOT NULL,"  /* 0: the platform's call records, of several operators */
	" id TEXT NOT NULL,"
	" kind BIGINT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" received_ms BIGINT NOT NULL,"
	" received BIGINT NOT NULL,"
	" accepted BIGINT NOT NULL,"
	" duplicates BIGINT NOT NULL,"
	" conflicts BIGINT NOT NULL,"
	" rejected BIGINT NOT NULL,"
	" days TEXT NOT NULL,"            /* the UTC days its records are filed under */
	" answer TEXT NOT NULL,"          /* the answer as it was given, JSON */
	" PRIMARY KEY (operator_key, id)"
	");"
	"CREATE INDEX batch_by_time ON batch (operator_key, received_ms);"
	"CREATE TABLE idempotency ("
	" operator_key BIGINT NOT NULL,"
	" route TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" body_hash {blob} NOT NULL,"
	" status BIGINT NOT NULL,"
	" answer TEXT NOT NULL,"
	" created_ms BIGINT NOT NULL,"
	" PRIMARY KEY (operator_key, route, key)"
	");"
	"CREATE INDEX idempotency_by_time ON idempotency (created_ms);"

	/* --- reconciliation runs -------------------------------------------- */
	"CREATE TABLE reconciliation ("
	" operator_key BIGINT NOT NULL,"
	" day BIGINT NOT NULL,"
	" status TEXT NOT NULL,"          /* notStarted, running, succeeded, failed */
	" changed_ms BIGINT NOT NULL,"    /* when records of the day last arrived */
	" requested_ms BIGINT,"           /* asked for and not yet begun */
	" run_ms BIGINT,"                 /* when the last run began */
	" summary TEXT,"                  /* of the last run that succeeded, JSON */
	" message TEXT,"                  /* of the last run that failed */
	" PRIMARY KEY (operator_key, day)"
	");"

	/* --- the exchange itself -------------------------------------------- */
	"CREATE TABLE secret ("
	" name TEXT PRIMARY KEY,"
	" value {blob} NOT NULL"
	");",

	/* --- the orders in which the platform reads what is everyone's ------- */
	"CREATE INDEX number_by_sort_key ON number (sort_key);"
	"CREATE INDEX number_order_of_all ON number_order (created_ms, id);"
	"CREATE INDEX number_order_by_id ON number_order (id);"
	"CREATE INDEX batch_of_all ON batch (kind, received_ms, id);"
	"CREATE INDEX batch_by_id ON batch (id);"
	"CREATE INDEX reconciliation_by_day ON reconciliation (day, operator_key);"
	"CREATE INDEX operator_by_name ON operator (display_name, operator_key);"
	"CREATE INDEX tenant_by_name ON tenant (display_name, tenant_key);"
	"CREATE INDEX tenant_user_by_name ON tenant_user (tenant_key, display_name, id);",

	/* --- keys of uploads that are under way, where exchanges share a database --- */
	"CREATE TABLE key_claim ("
	" operator_key BIGINT NOT NULL,"
	" route TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" owner TEXT NOT NULL,"           /* a run of an exchange */
	" until_ms BIGINT NOT NULL,"
	" PRIMARY KEY (operator_key, route, key)"
	");"
	/* A user is of one tenant. */
	"CREATE UNIQUE INDEX tenant_user_by_id ON tenant_user (id);",
};

const struct schema registry_schema = {
	.name = "registry",
	.scripts = scripts,
	.version = sizeof(scripts) / sizeof(scripts[0]),
};
