#include "formats/simdjson_bridge.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include <simdjson.h>

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

struct simdjson_bridge {
	ondemand::parser parser;
	size_t capacity = 0;                /* of the parser and of decoded */
	std::unique_ptr<uint8_t[]> decoded; /* strings that had escapes, of one walk */
};

namespace
{

constexpr size_t capacity_min = 4096;

/* simdjson writes whole vectors, so the room is larger than the text. */
constexpr size_t vector_room = 2 * simdjson::SIMDJSON_PADDING;

struct walk {
	simdjson_bridge *bridge;
	bridge_sink *sink;
	void *context;
	unsigned depth_max;
	bridge_fault *fault;
	ondemand::document *document;
	uint8_t *decoded_end;
	bool has_escapes; /* anywhere in the text; most have none */
};

bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A token reaches to the next one: takes off what stands between. */
std::string_view trimmed(std::string_view token)
{
	while (!token.empty() && is_blank(token.back()))
		token.remove_suffix(1);
	return token;
}

bridge_result malformed(walk &w, const char *message, const char *at)
{
	*w.fault = { message, at };
	return BRIDGE_MALFORMED;
}

const char *message_of(error_code error)
{
	switch (error) {
	case simdjson::TAPE_ERROR:
		return "a comma, colon or bracket is missing or superfluous";
	case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
		return "an array or object does not end";
	case simdjson::UTF8_ERROR:
		return "it is not UTF-8";
	case simdjson::UNESCAPED_CHARS:
		return "a string holds a control character";
	case simdjson::UNCLOSED_STRING:
		return "a string does not end";
	case simdjson::EMPTY:
		return "it is empty";
	default:
		return simdjson::error_message(error);
	}
}

/* Where reading stopped is nearer than where the value began. */
bridge_result malformed(walk &w, error_code error, const char *began)
{
	const char *stopped;

	return malformed(w, message_of(error), w.document->current_location().get(stopped) ? began : stopped);
}

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* RFC 8259 section 6. */
bool is_number(std::string_view s)
{
	const char *p = s.data(), *end = p + s.size(), *digits;

	if (p < end && *p == '-')
		p++;
	digits = p;
	p = skip_digits(p, end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return false;
	if (p < end && *p == '.') {
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return false;
	}
	return p == end;
}

/* Decodes what stands between quotes, which the text goes on behind. */
inline bool decode(walk &w, std::string_view raw, const char **text, size_t *size)
{
	std::string_view out;

	if (w.has_escapes && !raw.empty() && std::memchr(raw.data(), '\\', raw.size())) {
		ondemand::raw_json_string in(reinterpret_cast<const uint8_t *>(raw.data()));

		if (w.bridge->parser.unescape(in, w.decoded_end).get(out))
			return false;
		raw = out;
	}
	*text = raw.data();
	*size = raw.size();
	return true;
}

bridge_result scalar(walk &w, std::string_view token, bridge_event &event)
{
	token = trimmed(token);
	event.text = token.data();
	event.text_size = token.size();
	if (token.empty())
		return malformed(w, "a value is missing", token.data());
	switch (token.front()) {
	case '"':
		event.type = BRIDGE_STRING;
		if (token.size() < 2 || token.back() != '"')
			return malformed(w, "a string does not end", token.data());
		if (!decode(w, token.substr(1, token.size() - 2), &event.text, &event.text_size))
			return malformed(w, "a string holds an escape that is none", token.data());
		break;
	case 't':
		event.type = BRIDGE_TRUE;
		if (token != "true")
			return malformed(w, "a word is neither true, false nor null", token.data());
		break;
	case 'f':
		event.type = BRIDGE_FALSE;
		if (token != "false")
			return malformed(w, "a word is neither true, false nor null", token.data());
		break;
	case 'n':
		event.type = BRIDGE_NULL;
		if (token != "null")
			return malformed(w, "a word is neither true, false nor null", token.data());
		break;
	default:
		event.type = BRIDGE_NUMBER;
		if (!is_number(token))
			return malformed(w, "a value is missing or is no JSON", token.data());
	}
	return w.sink(w.context, &event) ? BRIDGE_STOPPED : BRIDGE_OK;
}

bridge_result walk_value(walk &w, ondemand::value value, bridge_event &event);

bridge_result walk_array(walk &w, ondemand::array array, unsigned depth, const char *at)
{
	for (auto item : array) {
		ondemand::value value;
		bridge_event event = {};
		error_code error = std::move(item).get(value);

		if (error)
			return malformed(w, error, at);
		event.depth = depth;
		if (bridge_result result = walk_value(w, value, event))
			return result;
	}
	return BRIDGE_OK;
}

/* The key's end is found from the value's beginning: only a colon and blanks
 * stand between. */
std::string_view key_before(const char *key, const char *value)
{
	const char *end = value - 1;

	while (end > key && (is_blank(*end) || *end == ':'))
		end--;
	return { key, size_t(end - key) };
}

bridge_result walk_object(walk &w, ondemand::object object, unsigned depth, const char *at)
{
	for (auto item : object) {
		ondemand::field field;
		bridge_event event = {};
		error_code error = std::move(item).get(field);

		if (error)
			return malformed(w, error, at);
		const char *key = field.key().raw();
		std::string_view token = field.value().raw_json_token();

		if (!decode(w, key_before(key, token.data()), &event.key, &event.key_size))
			return malformed(w, "a key holds an escape that is none", key);
		event.depth = depth;
		event.at = at = key - 1; /* its quote */
		if (bridge_result result = walk_value(w, field.value(), event))
			return result;
	}
	return BRIDGE_OK;
}

template <typename container>
bridge_result walk_nest(walk &w, container nest, const bridge_event &begin,
			bridge_result (*children)(walk &, container, unsigned, const char *))
{
	bridge_event end = begin;

	if (begin.depth >= w.depth_max) {
		*w.fault = { "arrays and objects nest too deep", begin.at };
		return BRIDGE_TOO_DEEP;
	}
	if (w.sink(w.context, &begin))
		return BRIDGE_STOPPED;
	if (bridge_result result = children(w, nest, begin.depth + 1, begin.at))
		return result;
	end.type = BRIDGE_END;
	return w.sink(w.context, &end) ? BRIDGE_STOPPED : BRIDGE_OK;
}

template <typename source> bridge_result walk_nest_of(walk &w, source &value, bridge_event &event, bool is_array)
{
	error_code error;

	if (is_array) {
		ondemand::array array;

		event.type = BRIDGE_ARRAY;
		error = value.get_array().get(array);
		if (!error)
			return walk_nest(w, array, event, walk_array);
	} else {
		ondemand::object object;

		event.type = BRIDGE_OBJECT;
		error = value.get_object().get(object);
		if (!error)
			return walk_nest(w, object, event, walk_object);
	}
	return malformed(w, error, event.at);
}

bridge_result walk_value(walk &w, ondemand::value value, bridge_event &event)
{
	std::string_view token = value.raw_json_token();

	if (!event.at)
		event.at = token.data();
	if (token.front() != '[' && token.front() != '{')
		return scalar(w, token, event);
	return walk_nest_of(w, value, event, token.front() == '[');
}

bool ensure_capacity(simdjson_bridge *bridge, size_t size)
{
	size_t capacity = bridge->capacity ? bridge->capacity : capacity_min;

	if (size <= bridge->capacity)
		return true;
	while (capacity < size)
		capacity *= 2;
	bridge->capacity = 0;
	bridge->decoded.reset(new (std::nothrow) uint8_t[capacity + vector_room]);
	if (!bridge->decoded || bridge->parser.allocate(capacity))
		return false;
	bridge->capacity = capacity;
	return true;
}

} // namespace

struct simdjson_bridge *simdjson_bridge_new(void)
{
	struct simdjson_bridge *bridge = new (std::nothrow) simdjson_bridge;

	if (!bridge)
		std::abort(); /* as everywhere, base/arena.h */
	return bridge;
}

void simdjson_bridge_free(struct simdjson_bridge *bridge)
{
	delete bridge;
}

enum bridge_result simdjson_bridge_walk(struct simdjson_bridge *bridge, const char *text, size_t size,
					unsigned depth_max, bridge_sink *sink, void *context,
					struct bridge_fault *fault)
{
	ondemand::document document;
	walk w = { bridge, sink, context, depth_max, fault, &document, nullptr, false };
	bridge_event event = {};
	std::string_view token;
	bridge_result result;

	if (!ensure_capacity(bridge, size))
		return malformed(w, "the text is too large", nullptr);
	w.decoded_end = bridge->decoded.get();
	w.has_escapes = size && std::memchr(text, '\\', size);
	if (error_code error = bridge->parser.iterate(text, size, size + SIMDJSON_BRIDGE_PADDING).get(document))
		return malformed(w, message_of(error), nullptr);
	if (document.raw_json_token().get(token))
		return malformed(w, "the text is empty", text);
	event.at = token.data();
	if (token.front() != '[' && token.front() != '{') {
		if (token.data() + token.size() != text + size)
			return malformed(w, "more stands behind the value", token.data() + token.size());
		return scalar(w, token, event);
	}
	result = walk_nest_of(w, document, event, token.front() == '[');
	/* At the end there is no location. */
	const char *rest;

	if (result == BRIDGE_OK && !document.current_location().get(rest))
		return malformed(w, "more stands behind the value", rest);
	return result;
}
