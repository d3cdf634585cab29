#include "telephony/country_metadata.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

/* libphonenumber's words for "none" and for "the world". */
constexpr const char *unknown_region = "ZZ";
constexpr const char *world_region = "001";

} // namespace

enum country_metadata country_metadata_find(const char *number, char region[3])
{
	const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
	PhoneNumber parsed;
	std::string found;

	if (util->Parse(number, unknown_region, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR)
		return COUNTRY_CODE_UNKNOWN;
	util->GetRegionCodeForNumber(parsed, &found);
	if (found == unknown_region)
		util->GetRegionCodeForCountryCode(parsed.country_code(), &found);
	if (found == world_region)
		return COUNTRY_NONGEOGRAPHIC;
	if (found.size() != 2 || found == unknown_region)
		return COUNTRY_CODE_UNKNOWN;
	std::memcpy(region, found.c_str(), 3);
	return COUNTRY_FOUND;
}
