/* The schemas of the API's bodies, written compactly.
 *
 *     "name:type name:type ..."    type: string, date-time, date, integer, number, boolean, object,
 *                                  a schema's name, or any of these with [] behind; a plain type
 *                                  with ? behind may be null
 *
 * "=text" instead says that the body is no JSON object but that plain type. */
#include "api/server.h"

#include <stdio.h>

static const struct {
	const char *name;
	const char *properties;
} schemas[] = {
	{ "Text", "=string" },
	{ "Html", "=string" },
	{ "Css", "=string" },
	{ "OpenApi", "openapi:string info:object servers:object[] paths:object components:object" },
	{ "Error", "error:ErrorBody" },
	{ "ErrorBody", "code:string message:string target:string details:object[] innerError:object" },
	{ "TokenRequest", "grant_type:string client_id:string client_secret:string scope:string" },
	{ "Token", "token_type:string expires_in:integer ext_expires_in:integer access_token:string" },
	{ "TokenError", "error:string error_description:string" },
	{ "Discovery", "issuer:string token_endpoint:string authorization_endpoint:string jwks_uri:string"
		       " grant_types_supported:string[] response_types_supported:string[]"
		       " subject_types_supported:string[] id_token_signing_alg_values_supported:string[]"
		       " token_endpoint_auth_methods_supported:string[]" },
	{ "KeySet", "keys:object[]" },
	/* parties and numbers */
	{ "Operator", "id:string displayName:string country:string createdDateTime:date-time" },
	{ "OperatorList", "value:Operator[] @odata.nextLink:string @odata.count:integer" },
	{ "Tenant", "id:string displayName:string defaultDomain:string country:string createdDateTime:date-time" },
	{ "TenantList", "value:Tenant[] @odata.nextLink:string @odata.count:integer" },
	{ "User", "id:string userPrincipalName:string displayName:string country:string sipUri:string?"
		  " accountType:string createdDateTime:date-time" },
	{ "UserList", "value:User[] @odata.nextLink:string @odata.count:integer" },
	{ "Client", "id:string clientId:string displayName:string roles:string[] operatorId:string? tenantId:string?"
		    " createdDateTime:date-time" },
	{ "ClientRequest", "id:string displayName:string roles:string[] operatorId:string? tenantId:string?" },
	{ "ClientSecret", "id:string clientId:string clientSecret:string displayName:string roles:string[]"
			  " operatorId:string? tenantId:string? createdDateTime:date-time" },
	{ "ClientList", "value:Client[] @odata.nextLink:string @odata.count:integer" },
	{ "Contact", "fullName:string? email:string? telephoneNumber:string? companyName:string? companySize:string?" },
	{ "Consent", "id:string tenantId:string operatorId:string status:string consentedCountries:string[]"
		     " contacts:Contact[] noticeVersion:string? acceptedBy:string? consentedOn:date-time?"
		     " lastModifiedOn:date-time" },
	{ "ConsentList", "value:Consent[] @odata.nextLink:string @odata.count:integer" },
	{ "ConsentDelta", "value:Consent[] @odata.nextLink:string @odata.deltaLink:string" },
	{ "Number", "id:string telephoneNumber:string sipUri:string? tenantId:string assignmentStatus:string"
		    " isoCountryCode:string usage:string? acquiredCapabilities:string[] locationId:string?"
		    " civicAddressId:string? allowTenantAddressUpdate:boolean releaseRequested:boolean"
		    " lastModifiedDateTime:date-time" },
	{ "PlatformNumber", "id:string telephoneNumber:string sipUri:string? tenantId:string assignmentStatus:string"
			    " isoCountryCode:string usage:string? acquiredCapabilities:string[] locationId:string?"
			    " civicAddressId:string? allowTenantAddressUpdate:boolean releaseRequested:boolean"
			    " lastModifiedDateTime:date-time operatorId:string" },
	{ "PlatformNumberList", "value:PlatformNumber[] @odata.nextLink:string @odata.count:integer" },
	{ "NumberRequest", "tenantId:string usage:string acquiredCapabilities:string[] locationId:string?"
			   " civicAddressId:string? allowTenantAddressUpdate:boolean" },
	{ "NumberList", "value:Number[] @odata.nextLink:string @odata.count:integer" },
	{ "NumberDelta", "value:Number[] @odata.nextLink:string @odata.deltaLink:string" },
	{ "NumberOrderItem", "telephoneNumber:string from:string to:string usage:string acquiredCapabilities:string[]"
			     " locationId:string? civicAddressId:string? allowTenantAddressUpdate:boolean" },
	{ "NumberOrderRequest", "type:string tenantId:string? numbers:NumberOrderItem[] usage:string"
				" acquiredCapabilities:string[] locationId:string? civicAddressId:string?"
				" allowTenantAddressUpdate:boolean" },
	{ "NumberOrderEntry", "telephoneNumber:string status:string errorCode:string? message:string?" },
	{ "NumberOrder",
	  "id:string type:string tenantId:string? status:string createdDateTime:date-time"
	  " finishedDateTime:date-time? pendingCount:integer succeededCount:integer failedCount:integer" },
	{ "NumberOrderWithNumbers", "id:string type:string tenantId:string? status:string createdDateTime:date-time"
				    " finishedDateTime:date-time? pendingCount:integer succeededCount:integer"
				    " failedCount:integer numbers:NumberOrderEntry[]" },
	{ "PlatformNumberOrder",
	  "id:string type:string tenantId:string? status:string createdDateTime:date-time finishedDateTime:date-time?"
	  " pendingCount:integer succeededCount:integer failedCount:integer operatorId:string" },
	{ "PlatformNumberOrderList", "value:PlatformNumberOrder[] @odata.nextLink:string @odata.count:integer" },
	{ "PlatformNumberOrderWithNumbers",
	  "id:string type:string tenantId:string? status:string createdDateTime:date-time finishedDateTime:date-time?"
	  " pendingCount:integer succeededCount:integer failedCount:integer operatorId:string"
	  " numbers:NumberOrderEntry[]" },
	{ "NumberOrderList", "value:NumberOrder[] @odata.nextLink:string @odata.count:integer" },
	{ "NumberAssignment", "id:string telephoneNumber:string operatorId:string numberType:string"
			      " activationState:string capabilities:string[] assignmentStatus:string"
			      " assignmentTargetId:string? assignmentCategory:string? locationId:string?"
			      " civicAddressId:string? networkSiteId:string? isoCountryCode:string city:string?"
			      " numberSource:string portInStatus:string? supportedCustomerActions:string[]"
			      " reverseNumberLookupOptions:string[]" },
	{ "NumberAssignmentList", "@odata.context:string value:NumberAssignment[] @odata.nextLink:string"
				  " @odata.count:integer" },
	{ "NumberAction", "telephoneNumber:string numberType:string" },
	{ "AssignNumber", "telephoneNumber:string assignmentTargetId:string numberType:string"
			  " assignmentCategory:string locationId:string?" },
	{ "UpdateNumber", "telephoneNumber:string numberType:string locationId:string? networkSiteId:string?"
			  " reverseNumberLookupOptions:string[]" },
	{ "NumberOperationItem", "resourceLocation:string status:string statusDetail:string?" },
	{ "NumberOperation", "id:string createdDateTime:date-time status:string numbers:NumberOperationItem[]" },
	/* records */
	{ "MediaStream", "streamId:string streamDirection:string? startDateTime:date-time? endDateTime:date-time?"
			 " audioCodec:string? videoCodec:string? averageAudioDegradation:number? averageJitter:string?"
			 " maxJitter:string? averageAudioNetworkJitter:string? maxAudioNetworkJitter:string?"
			 " averagePacketLossRate:number? maxPacketLossRate:number?"
			 " postForwardErrorCorrectionPacketLossRate:number? averageRatioOfConcealedSamples:number?"
			 " maxRatioOfConcealedSamples:number? averageRoundTripTime:string? maxRoundTripTime:string?"
			 " packetUtilization:integer? averageBandwidthEstimate:integer?"
			 " isAudioForwardErrorCorrectionUsed:boolean? wasMediaBypassed:boolean?"
			 " averageVideoFrameLossPercentage:number? averageVideoPacketLossRate:number?"
			 " averageReceivedFrameRate:number? averageVideoFrameRate:number? lowFrameRateRatio:number?"
			 " lowVideoProcessingCapabilityRatio:number? averageFreezeDuration:string?"
			 " rmsFreezeDuration:string? mos:number? mosAlgorithm:string? computedMos:number?"
			 " computedMosAlgorithm:string?" },
	{ "CallRecord",
	  "id:string version:integer correlationId:string? operatorId:string tenantId:string"
	  " direction:string callerNumber:string calleeNumber:string inviteDateTime:date-time"
	  " answerDateTime:date-time? endDateTime:date-time durationSeconds:number? sipResponseCode:integer?"
	  " q850Cause:integer? releasedBy:string? trunk:string? mediaStreams:MediaStream[]" },
	{ "CallRecordList", "value:CallRecord[] @odata.nextLink:string @odata.count:integer" },
	{ "CallRecordDelta", "value:CallRecord[] @odata.nextLink:string @odata.deltaLink:string" },
	{ "PlatformCallRecord",
	  "id:string version:integer correlationId:string? operatorId:string tenantId:string"
	  " userId:string? direction:string callerNumber:string calleeNumber:string"
	  " inviteDateTime:date-time answerDateTime:date-time? endDateTime:date-time"
	  " durationSeconds:number? sipResponseCode:integer? q850Cause:integer? releasedBy:string?"
	  " trunk:string? mediaStreams:MediaStream[]" },
	{ "PlatformCallRecordList", "value:PlatformCallRecord[] @odata.nextLink:string @odata.count:integer" },
	{ "CallRecordUpload", "=PlatformCallRecord[]" },
	{ "CallDuration",
	  "id:string operatorId:string? correlationId:string? direction:string? callerNumber:string"
	  " calleeNumber:string startDateTime:date-time? answerDateTime:date-time? endDateTime:date-time?"
	  " durationSeconds:number sipResponseCode:integer? q850Cause:integer? releasedBy:string?"
	  " trunk:string? sequence:integer? receivedDateTime:date-time" },
	{ "CallDurationList", "value:CallDuration[] @odata.nextLink:string @odata.count:integer" },
	{ "CallDurationUpload", "=CallDuration[]" },
	{ "BatchFault", "line:integer index:integer recordId:string? field:string? code:string message:string" },
	{ "Batch", "id:string received:integer accepted:integer duplicates:integer conflicts:integer"
		   " rejected:integer unknownFields:integer unknownFieldNames:string[] errors:BatchFault[]"
		   " errorsTruncated:boolean" },
	{ "BatchSummary", "id:string receivedDateTime:date-time received:integer accepted:integer"
			  " duplicates:integer conflicts:integer rejected:integer" },
	{ "BatchList", "value:BatchSummary[] @odata.nextLink:string @odata.count:integer" },
	{ "PlatformBatch", "operatorId:string id:string received:integer accepted:integer duplicates:integer"
			   " conflicts:integer rejected:integer unknownFields:integer unknownFieldNames:string[]"
			   " errors:BatchFault[] errorsTruncated:boolean" },
	{ "PlatformBatchSummary", "id:string receivedDateTime:date-time received:integer accepted:integer"
				  " duplicates:integer conflicts:integer rejected:integer operatorId:string" },
	{ "PlatformBatchList", "value:PlatformBatchSummary[] @odata.nextLink:string @odata.count:integer" },
	{ "Conflict", "id:string recordId:string operatorId:string receivedDateTime:date-time kept:object"
		      " offered:object" },
	{ "ConflictList", "value:Conflict[] @odata.nextLink:string @odata.count:integer" },
	/* reconciliation */
	{ "ReconciliationRequest", "operatorId:string day:date" },
	{ "Reconciliation",
	  "operatorId:string day:date status:string runDateTime:date-time? message:string verdict:string"
	  " counts:object operators:object[] seconds:object causes:Cause[] digest:string" },
	{ "ReconciliationSummary", "operatorId:string day:date status:string runDateTime:date-time? verdict:string?"
				   " counts:object? seconds:object?" },
	{ "ReconciliationList", "value:ReconciliationSummary[] @odata.nextLink:string @odata.count:integer" },
	{ "Cause",
	  "cause:string operatorId:string parameters:object records:integer seconds:number confidence:number"
	  " sentence:string" },
	{ "CauseList", "value:Cause[]" },
	{ "Discrepancy", "platformId:string? operatorRecordId:string? class:string differenceSeconds:number causes:string"
			 " platform:object? operator:object? id:string" },
	{ "DiscrepancyList", "value:Discrepancy[] @odata.nextLink:string @odata.count:integer" },
	/* usage and quality */
	{ "PstnCallLogRow",
	  "id:string callId:string? callRecordId:string userId:string? userPrincipalName:string?"
	  " userDisplayName:string? startDateTime:date-time endDateTime:date-time duration:integer"
	  " callDurationSource:string callType:string callerNumber:string? calleeNumber:string?"
	  " operator:string charge:number? connectionCharge:number? currency:string?"
	  " destinationContext:string? destinationName:string? usageCountryCode:string?"
	  " tenantCountryCode:string conferenceId:string? licenseCapability:string? inventoryType:string?" },
	{ "PstnCallLogRowList",
	  "@odata.context:string @odata.count:integer value:PstnCallLogRow[] @odata.nextLink:string" },
	{ "DirectRoutingLogRowList", "@odata.context:string @odata.count:integer value:object[]" },
	{ "GraphIdentitySet", "user:object phone:object" },
	{ "GraphParticipant", "id:string identity:GraphIdentitySet administrativeUnitInfos:object[]" },
	{ "GraphParticipantList", "@odata.context:string value:GraphParticipant[]" },
	{ "GraphMedia",
	  "label:string callerNetwork:object? calleeNetwork:object? callerDevice:object? calleeDevice:object?"
	  " streams:MediaStream[]" },
	{ "GraphSegment", "id:string startDateTime:date-time endDateTime:date-time failureInfo:object? caller:object"
			  " callee:object media:GraphMedia[]" },
	{ "GraphSession", "id:string startDateTime:date-time endDateTime:date-time failureInfo:object? caller:object"
			  " callee:object modalities:string[] isTest:boolean segments:GraphSegment[]" },
	{ "GraphSessionList", "@odata.context:string value:GraphSession[]" },
	{ "GraphCallRecord", "@odata.context:string id:string version:integer type:string modalities:string[]"
			     " lastModifiedDateTime:date-time startDateTime:date-time endDateTime:date-time"
			     " joinWebUrl:string? organizer_v2:GraphParticipant participants_v2:GraphParticipant[]"
			     " sessions:GraphSession[]" },
	{ "GraphCallRecordList", "@odata.context:string value:GraphCallRecord[] @odata.nextLink:string" },
	{ "QualitySummary", "operatorId:string day:date calls:object streams:object sipResponseCodes:object[]"
			    " trunks:object[] definitions:object" },
	/* privacy */
	{ "RetentionPolicy", "kind:string days:object" },
	{ "RetentionPolicyList", "policy:string value:RetentionPolicy[]" },
	{ "AuditEvent",
	  "dateTime:date-time clientId:string operatorId:string tenantId:string action:string object:string"
	  " subject:string count:integer status:integer requestId:string policy:string" },
	{ "AuditEventList", "value:AuditEvent[] @odata.nextLink:string" },
	{ "PrivacyStatement", "policy:string processing:object[] retentionDays:RetentionPolicy[] maskedDigits:object" },
};

size_t schema_count(void)
{
	return sizeof(schemas) / sizeof(schemas[0]);
}

const char *schema_name(size_t index)
{
	return schemas[index].name;
}

/* A plain type's members, or a reference; a reference cannot be nullable. */
static void write_type(struct json_writer *w, struct str type)
{
	static const char *const plain[] = { "string", "integer", "number", "boolean", "object", NULL };
	char ref[96];

	json_object_begin(w);
	if (type.n > 1 && type.p[type.n - 1] == '?') {
		type.n--;
		json_member_bool(w, "nullable", true);
	}
	if (type.n > 2 && type.p[type.n - 2] == '[') {
		json_member_z(w, "type", "array");
		json_key(w, "items");
		write_type(w, str_of(type.p, type.n - 2));
		json_object_end(w);
		return;
	}
	if (str_is(type, "date-time") || str_is(type, "date")) {
		json_member_z(w, "type", "string");
		json_member_str(w, "format", type);
		json_object_end(w);
		return;
	}
	for (int i = 0; plain[i]; i++) {
		if (str_is(type, plain[i])) {
			json_member_str(w, "type", type);
			json_object_end(w);
			return;
		}
	}
	snprintf(ref, sizeof(ref), "#/components/schemas/%.*s", STR_ARG(type));
	json_member_z(w, "$ref", ref);
	json_object_end(w);
}

void schema_write(struct json_writer *w, size_t index)
{
	struct str rest = str_from(schemas[index].properties);

	if (rest.p[0] == '=') {
		write_type(w, str_after(rest, 1));
		return;
	}
	json_object_begin(w);
	json_member_z(w, "type", "object");
	json_key(w, "properties");
	json_object_begin(w);
	while (!str_is_none(rest)) {
		struct str type = str_cut(&rest, ' '), name = str_cut(&type, ':');
		char key[64];

		snprintf(key, sizeof(key), "%.*s", STR_ARG(name));
		json_key(w, key);
		write_type(w, type);
	}
	json_object_end(w);
	json_object_end(w);
}
