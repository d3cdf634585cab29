/* exchange/destination.h - which country is at the other end of a call, as usage shows it. */
#ifndef EXCHANGE_DESTINATION_H
#define EXCHANGE_DESTINATION_H

#include "telephony/country.h"

struct destination {
	char code[COUNTRY_TEXT_SIZE]; /* the country, alpha-2; "" where the number belongs to none */
	const char *name;             /* in words; NULL likewise */
	const char *context;          /* "Domestic", "International"; NULL likewise */
};

/* Of the remote number, seen from the country of the user (alpha-2). */
struct destination destination_of(number_t remote, struct str home);

/* A country in English words, NULL when there is no such code. */
const char *country_name(struct str code);

#endif
