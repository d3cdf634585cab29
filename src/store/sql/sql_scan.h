/* store/sql/sql_scan.h - SQL text cut into pieces, so far as drivers rewrite it.
 *
 * The pieces, put together, are the text again.  Quoted texts, quoted names and
 * comments are single pieces of kind OTHER: nothing in them is ever rewritten. */
#ifndef STORE_SQL_SQL_SCAN_H
#define STORE_SQL_SQL_SCAN_H

#include "base/str.h"

enum sql_piece_kind {
	SQL_PIECE_END,
	SQL_PIECE_WORD,       /* a keyword, name or number */
	SQL_PIECE_BRACED,     /* {word} */
	SQL_PIECE_PARAMETER,  /* ?12 */
	SQL_PIECE_OTHER,
};

struct sql_piece {
	enum sql_piece_kind kind;
	struct str text;
};

/* The piece at *at, which moves behind it. */
struct sql_piece sql_scan(const char **at);

#endif
