/* telephony/country_metadata.h - libphonenumber, which has only a C++ interface, for C.
 *
 * This header stands alone, since the rest of the source is C and not C++.
 * Safe from any thread. */
#ifndef TELEPHONY_COUNTRY_METADATA_H
#define TELEPHONY_COUNTRY_METADATA_H

#ifdef __cplusplus
extern "C" {
#endif

enum country_metadata {
	COUNTRY_FOUND,
	COUNTRY_CODE_UNKNOWN,      /* no country code that is assigned */
	COUNTRY_NONGEOGRAPHIC,     /* a code of no country, such as +800 */
};

/* The region (ISO 3166-1 alpha-2) of an international number, written with "+";
 * of a number that no plan knows, the main region of its country code. */
enum country_metadata country_metadata_find(const char *number, char region[3]);

#ifdef __cplusplus
}
#endif

#endif
