#include "api/graph_call.h"

#include "base/instant.h"
#include "formats/media_stream.h"

#include <stdio.h>

/* --- parties ------------------------------------------------------------------------ */

/* The caller or the callee: the tenant's user, or somebody known by the number alone. */
struct party {
	const struct user_row *user;     /* NULL: a phone */
	struct str tenant_id;
	char number[NUMBER_TEXT_SIZE];
};

static struct party party_of(const struct tenant_call *call, struct str tenant_id, bool caller)
{
	const struct record *r = &call->stored.record;
	bool own = caller == (r->direction == DIRECTION_OUTBOUND);
	struct party party = { .user = own ? call->user : NULL, .tenant_id = tenant_id };

	number_text(caller ? r->caller : r->callee, party.number);
	return party;
}

static struct str party_id(const struct party *party)
{
	return party->user ? party->user->id : str_from(party->number);
}

struct str graph_call_participants(struct arena *arena, const struct tenant_call *call)
{
	struct party caller = party_of(call, STR_NONE, true), callee = party_of(call, STR_NONE, false);

	return arena_printf(arena, "%.*s,%.*s", STR_ARG(party_id(&caller)), STR_ARG(party_id(&callee)));
}

static void write_identity(struct json_writer *w, const struct party *party)
{
	json_object_begin(w);
	json_member_str(w, "id", party_id(party));
	json_member_str(w, "displayName", party->user ? party->user->display_name : STR_NONE);
	if (party->user)
		json_member_str(w, "tenantId", party->tenant_id);
	json_object_end(w);
}

static void write_identity_set(struct json_writer *w, const char *type, const struct party *party)
{
	json_object_begin(w);
	json_member_z(w, "@odata.type", type);
	json_key(w, party->user ? "user" : "phone");
	write_identity(w, party);
	json_object_end(w);
}

static void write_participant(struct json_writer *w, const struct party *party)
{
	json_object_begin(w);
	json_member_str(w, "id", party_id(party));
	json_key(w, "identity");
	write_identity_set(w, "#microsoft.graph.communicationsIdentitySet", party);
	json_key(w, "administrativeUnitInfos");
	json_array_begin(w);
	json_array_end(w);
	json_object_end(w);
}

void graph_call_write_participants(struct json_writer *w, const struct tenant_calls *calls,
				   const struct tenant_call *call)
{
	struct party caller = party_of(call, calls->tenant.id, true), callee = party_of(call, calls->tenant.id, false);

	json_array_begin(w);
	write_participant(w, &caller);
	write_participant(w, &callee);
	json_array_end(w);
}

static void write_organizer(struct json_writer *w, const struct tenant_calls *calls, const struct tenant_call *call)
{
	struct party caller = party_of(call, calls->tenant.id, true);

	write_participant(w, &caller);
}

/* `identity` is what older tools read, `associatedIdentity` what replaces it. */
static void write_endpoint(struct json_writer *w, const struct party *party)
{
	json_object_begin(w);
	json_member_z(w, "@odata.type", "#microsoft.graph.callRecords.participantEndpoint");
	json_member_z(w, "userAgent", NULL);
	json_key(w, "identity");
	write_identity_set(w, "#microsoft.graph.identitySet", party);
	json_key(w, "associatedIdentity");
	json_object_begin(w);
	json_member_z(w, "@odata.type", party->user ? "#microsoft.graph.userIdentity" : "#microsoft.graph.identity");
	json_member_str(w, "id", party_id(party));
	json_member_str(w, "displayName", party->user ? party->user->display_name : STR_NONE);
	if (party->user)
		json_member_str(w, "userPrincipalName", party->user->user_principal_name);
	json_object_end(w);
	json_object_end(w);
}

/* --- sessions and segments ------------------------------------------------------------- */

/* Of a call that never was answered. */
static void write_failure(struct json_writer *w, const struct record *r)
{
	char reason[64];
	int n = 0;

	if (r->answer_ms != INSTANT_NONE) {
		json_null(w);
		return;
	}
	if (r->sip_code != CODE_NONE)
		n = snprintf(reason, sizeof(reason), "SIP %d", r->sip_code);
	if (r->q850_cause != CODE_NONE)
		n += snprintf(reason + n, sizeof(reason) - (size_t)n, "%sQ.850 cause %d", n ? ", " : "", r->q850_cause);
	json_object_begin(w);
	json_member_z(w, "stage", "callSetup");
	json_member_z(w, "reason", n ? reason : "not answered");
	json_object_end(w);
}

/* What a session and its segment have in common: they are of the same two ends and the same time. */
static void write_leg(struct json_writer *w, const struct tenant_calls *calls, const struct tenant_call *call)
{
	struct party caller = party_of(call, calls->tenant.id, true), callee = party_of(call, calls->tenant.id, false);
	const struct record *r = &call->stored.record;

	json_member_str(w, "id", r->id);
	json_member_instant(w, "startDateTime", r->start_ms);
	json_member_instant(w, "endDateTime", r->end_ms);
	json_key(w, "failureInfo");
	write_failure(w, r);
	json_key(w, "caller");
	write_endpoint(w, &caller);
	json_key(w, "callee");
	write_endpoint(w, &callee);
}

static enum status write_media(struct json_writer *w, const struct record *r, struct error *err)
{
	static const char *const unknown[] = { "callerNetwork", "calleeNetwork", "callerDevice", "calleeDevice" };
	enum status status = OK;

	json_array_begin(w);
	if (r->media_streams.n) {
		json_object_begin(w);
		json_member_z(w, "label", "main-audio");
		for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
			json_member_z(w, unknown[i], NULL);
		json_key(w, "streams");
		status = media_streams_write(w, r->media_streams, err);
		json_object_end(w);
	}
	json_array_end(w);
	return status;
}

static void write_modalities(struct json_writer *w)
{
	json_key(w, "modalities");
	json_raw(w, STR("[\"audio\"]"));
}

enum status graph_call_write_sessions(struct json_writer *w, const struct tenant_calls *calls,
				      const struct tenant_call *call, bool with_segments, struct error *err)
{
	enum status status = OK;

	json_array_begin(w);
	json_object_begin(w);
	write_leg(w, calls, call);
	write_modalities(w);
	json_member_bool(w, "isTest", false);
	if (with_segments) {
		json_key(w, "segments");
		json_array_begin(w);
		json_object_begin(w);
		write_leg(w, calls, call);
		json_key(w, "media");
		status = write_media(w, &call->stored.record, err);
		json_object_end(w);
		json_array_end(w);
	}
	json_object_end(w);
	json_array_end(w);
	return status;
}

/* --- the record ------------------------------------------------------------------------------ */

enum { CALL_ID, CALL_VERSION, CALL_TYPE, CALL_MODALITIES, CALL_MODIFIED, CALL_START, CALL_END, CALL_JOIN_URL,
       CALL_ORGANIZER, CALL_PARTICIPANTS, CALL_PROPERTY_COUNT };

static const struct property properties[CALL_PROPERTY_COUNT] = {
	[CALL_ID] = { "id", PROPERTY_TEXT, false },
	[CALL_VERSION] = { "version", PROPERTY_NUMBER, false },
	[CALL_TYPE] = { "type", PROPERTY_TEXT, false },
	[CALL_MODALITIES] = { "modalities", PROPERTY_WORDS, false },
	[CALL_MODIFIED] = { "lastModifiedDateTime", PROPERTY_INSTANT, false },
	[CALL_START] = { "startDateTime", PROPERTY_INSTANT, false },
	[CALL_END] = { "endDateTime", PROPERTY_INSTANT, false },
	[CALL_JOIN_URL] = { "joinWebUrl", PROPERTY_TEXT, false },
	[CALL_ORGANIZER] = { "organizer_v2", PROPERTY_JSON, true },
	[CALL_PARTICIPANTS] = { "participants_v2", PROPERTY_JSON, true },
};

typedef void part_writer(struct json_writer *w, const struct tenant_calls *calls, const struct tenant_call *call);

static struct str part_text(struct arena *arena, part_writer *write, const struct tenant_calls *calls,
			    const struct tenant_call *call)
{
	struct json_writer w;
	struct str text;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	write(&w, calls, call);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct filter_value value_of(const struct resource *resource, struct arena *arena, const void *row, size_t index)
{
	const struct tenant_call *call = row;
	const struct record *r = &call->stored.record;

	switch (index) {
	case CALL_ID:
		return value_text(r->id);
	case CALL_VERSION:
		return value_number(r->version);
	case CALL_TYPE:
		return value_text(STR("peerToPeer"));
	case CALL_MODALITIES:
		return value_text(STR("audio"));
	case CALL_MODIFIED:
		return value_number(call->stored.received_ms);
	case CALL_START:
		return value_number(r->start_ms);
	case CALL_END:
		return value_number(r->end_ms);
	case CALL_ORGANIZER:
		return value_text(part_text(arena, write_organizer, resource->context, call));
	case CALL_PARTICIPANTS:
		return value_text(part_text(arena, graph_call_write_participants, resource->context, call));
	default:
		return VALUE_NULL;
	}
}

const struct resource graph_call_resource = { properties, CALL_PROPERTY_COUNT, value_of, NULL };
