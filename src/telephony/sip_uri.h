/* telephony/sip_uri.h - SIP URIs (RFC 3261 sections 19.1 and 25.1) of numbers and users. */
#ifndef TELEPHONY_SIP_URI_H
#define TELEPHONY_SIP_URI_H

#include "base/error.h"
#include "telephony/number.h"

#define SIP_URI_MAX 512
#define DOMAIN_MAX 253   /* RFC 1035 */

/* A host name: labels of letters, digits and inner hyphens, 63 characters each,
 * the last not all digits.  Names in other scripts come as punycode. */
bool domain_is_valid(struct str domain);

/* "sip:+4930123456@contoso.com;user=phone".  n must be NUMBER_E164 and the domain valid. */
void sip_uri_of_number(struct buf *out, number_t n, struct str domain);

/* A user's own URI: sip: or sips:, a user part without password, a host name or
 * address, a port, parameters; no headers, since they could smuggle in others.
 * E_INVALID that says what is wrong, with field "sipUri". */
enum status sip_uri_check(struct str uri, struct error *err);

#endif
