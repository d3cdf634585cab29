#include "exchange/policy.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "exchange/yaml_file.h"

#include <stdio.h>
#include <stdlib.h>

#define RETENTION_DAYS_MAX 36500
#define MASKED_DIGITS_MAX 15
#define COUNTRIES ((size_t)26 * 26)
#define UNSET (-1)

/* The text of packaging/policy.yaml, put here by the build. */
extern const char policy_shipped[];
extern const unsigned long policy_shipped_size;

struct country_table {
	int32_t fallback;               /* of countries that are not named */
	int32_t by_country[COUNTRIES];  /* UNSET: fallback */
};

struct policy {
	char hash[2 * SHA256_SIZE + 1];
	struct country_table retention[RETAIN_KIND_COUNT];
	struct country_table masked;
};

static const char *const kind_names[RETAIN_KIND_COUNT] = {
	[RETAIN_CALL_RECORDS] = "callRecords", [RETAIN_DURATION_RECORDS] = "durationRecords",
	[RETAIN_QUALITY] = "quality",          [RETAIN_AUDIT] = "audit",
	[RETAIN_BATCHES] = "batches",          [RETAIN_ASSIGNMENTS] = "assignments",
};

const char *policy_kind_name(enum retained_kind kind)
{
	return kind_names[kind];
}

/* Place of an alpha-2 code in a table, or COUNTRIES when it is none. */
static size_t country_index(struct str country)
{
	if (country.n != 2 || country.p[0] < 'A' || country.p[0] > 'Z' || country.p[1] < 'A' || country.p[1] > 'Z')
		return COUNTRIES;
	return (size_t)(country.p[0] - 'A') * 26 + (size_t)(country.p[1] - 'A');
}

static int32_t table_get(const struct country_table *table, struct str country)
{
	size_t i = country_index(country);

	return i < COUNTRIES && table->by_country[i] != UNSET ? table->by_country[i] : table->fallback;
}

static enum status read_country(struct yaml_file *file, const char *name, const yaml_node_t *key,
				const yaml_node_t *value, int32_t min, int32_t max, struct country_table *table,
				struct error *err)
{
	struct str country = yaml_scalar(key);
	size_t i = country_index(country);
	bool is_default = str_is(country, "default");
	int32_t *slot = is_default ? &table->fallback : i < COUNTRIES ? &table->by_country[i] : NULL;
	uint64_t number;

	if (!slot)
		return yaml_file_fault(file, key, name, err,
				       "expected \"default\" or two capital letters of a country, found \"%.*s\"",
				       STR_ARG(country));
	if (*slot != UNSET)
		return yaml_file_fault(file, key, name, err, "%.*s stands twice", STR_ARG(country));
	if (!str_to_u64(yaml_scalar(value), (uint64_t)max, &number) || (int32_t)number < min)
		return yaml_file_fault(file, value, name, err, "%.*s: expected a whole number from %d to %d",
				       STR_ARG(country), min, max);
	*slot = (int32_t)number;
	return OK;
}

static enum status read_table(struct yaml_file *file, const char *name, const yaml_node_t *node, int32_t min,
			      int32_t max, struct country_table *table, struct error *err)
{
	enum status status = OK;

	table->fallback = UNSET;
	for (size_t i = 0; i < COUNTRIES; i++)
		table->by_country[i] = UNSET;
	if (!node)
		return yaml_file_fault(file, NULL, name, err, "is missing");
	if (node->type != YAML_MAPPING_NODE)
		return yaml_file_fault(file, node, name, err, "expected countries and numbers, as { default: 365, IT: 730 }");
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     status == OK && pair < node->data.mapping.pairs.top; pair++)
		status = read_country(file, name, yaml_file_node(file, pair->key), yaml_file_node(file, pair->value), min,
				      max, table, err);
	if (status == OK && table->fallback == UNSET)
		status = yaml_file_fault(file, node, name, err, "needs a value for \"default\"");
	return status;
}

/* The value under key in a mapping, NULL when absent. */
static yaml_node_t *member(struct yaml_file *file, const yaml_node_t *mapping, const char *key)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++)
		if (str_is(yaml_scalar(yaml_file_node(file, pair->key)), key))
			return yaml_file_node(file, pair->value);
	return NULL;
}

/* Refuses names that nothing reads: a misspelt one would silently not protect. */
static enum status only_known(struct yaml_file *file, const yaml_node_t *mapping, const char *const *known, size_t count,
			      struct error *err)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return yaml_file_fault(file, mapping, "(document)", err, "expected a mapping");
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_file_node(file, pair->key);
		char name[64];
		size_t i = 0;

		while (i < count && !str_is(yaml_scalar(key), known[i]))
			i++;
		if (i == count) {
			snprintf(name, sizeof(name), "%.*s", STR_ARG(yaml_scalar(key)));
			return yaml_file_fault(file, key, name, err, "there is no such part of a policy");
		}
	}
	return OK;
}

static enum status policy_read(struct policy *policy, struct yaml_file *file, struct error *err)
{
	static const char *const parts[] = { "retentionDays", "maskedDigits" };
	yaml_node_t *root = yaml_file_root(file), *retention = member(file, root, "retentionDays");
	enum status status = only_known(file, root, parts, 2, err);

	if (status == OK)
		status = only_known(file, retention, kind_names, RETAIN_KIND_COUNT, err);
	for (int kind = 0; status == OK && kind < RETAIN_KIND_COUNT; kind++)
		status = read_table(file, kind_names[kind], member(file, retention, kind_names[kind]), 1,
				    RETENTION_DAYS_MAX, &policy->retention[kind], err);
	if (status == OK)
		status = read_table(file, "maskedDigits", member(file, root, "maskedDigits"), 0, MASKED_DIGITS_MAX,
				    &policy->masked, err);
	return status;
}

enum status policy_open(struct policy **policy, const char *path, struct error *err)
{
	struct policy *p = xalloc(sizeof(*p));
	struct str text = str_of(policy_shipped, policy_shipped_size);
	unsigned char hash[SHA256_SIZE];
	struct yaml_file file;
	struct arena arena;
	enum status status = OK;

	arena_init(&arena);
	if (path && path[0])
		status = yaml_file_text(&arena, path, &text, err);
	if (status == OK)
		status = yaml_file_parse(&file, path && path[0] ? path : "policy.yaml (built in)", text, err);
	if (status == OK) {
		status = policy_read(p, &file, err);
		yaml_file_release(&file);
	}
	if (status == OK) {
		sha256(text, hash);
		hex_encode(str_of(hash, sizeof(hash)), p->hash);
		*policy = p;
	} else {
		policy_free(p);
	}
	arena_release(&arena);
	return status;
}

void policy_free(struct policy *policy)
{
	free(policy);
}

int32_t policy_retention_days(const struct policy *policy, enum retained_kind kind, struct str country)
{
	return table_get(&policy->retention[kind], country);
}

int32_t policy_retention_days_max(const struct policy *policy, enum retained_kind kind)
{
	const struct country_table *table = &policy->retention[kind];
	int32_t max = table->fallback;

	for (size_t i = 0; i < COUNTRIES; i++)
		if (table->by_country[i] > max)
			max = table->by_country[i];
	return max;
}

unsigned policy_masked_digits(const struct policy *policy, struct str country)
{
	return (unsigned)table_get(&policy->masked, country);
}

const char *policy_hash(const struct policy *policy)
{
	return policy->hash;
}
