#include "telephony/country.h"

#include "telephony/country_metadata.h"

enum status country_of_number(number_t n, char country[COUNTRY_TEXT_SIZE], struct error *err)
{
	char text[NUMBER_TEXT_SIZE];
	struct str written;

	if (number_kind(n) != NUMBER_E164 || number_masked_count(n) > 0)
		return error_set(err, E_NUMBER, NULL,
				 "a country is told only of a whole number with + and country code");
	written = number_text(n, text);
	switch (country_metadata_find(written.p, country)) {
	case COUNTRY_FOUND:
		return OK;
	case COUNTRY_NONGEOGRAPHIC:
		return error_set(err, E_UNKNOWN_COUNTRY, NULL, "the number %.4s... belongs to no country", written.p);
	case COUNTRY_CODE_UNKNOWN:
		break;
	}
	return error_set(err, E_UNKNOWN_COUNTRY, NULL, "the number %.4s... begins with no known country code",
			 written.p);
}

bool country_is_code(struct str code)
{
	static const char codes[] = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ"
				    "CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFR"
				    "GAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP"
				    "KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMT"
				    "MUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURW"
				    "SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUG"
				    "UMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

	if (code.n != 2)
		return false;
	for (const char *p = codes; *p; p += 2)
		if (p[0] == code.p[0] && p[1] == code.p[1])
			return true;
	return false;
}
