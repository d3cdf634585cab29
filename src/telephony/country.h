/* telephony/country.h - the country of a number, and the codes of countries
 * (ISO 3166-1 alpha-2, upper case).
 *
 * For provisioning and display: some 24,000 numbers a second, far too slow for
 * records.  Safe from any thread. */
#ifndef TELEPHONY_COUNTRY_H
#define TELEPHONY_COUNTRY_H

#include "base/error.h"
#include "telephony/number.h"

#define COUNTRY_TEXT_SIZE 3

/* The country of an E.164 number, NUL-terminated.  A number that its plan does
 * not know has the main country of its code.  E_UNKNOWN_COUNTRY when the code is
 * assigned to none, E_NUMBER when n is no E.164 number. */
enum status country_of_number(number_t n, char country[COUNTRY_TEXT_SIZE], struct error *err);

/* An officially assigned alpha-2 code; also XK (Kosovo), which libphonenumber
 * and others use. */
bool country_is_code(struct str code);

#endif
