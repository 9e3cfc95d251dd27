#include "http/response.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace c2c::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_status_line(std::string& out, std::uint16_t status) {
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
}

}  // namespace

response error_response(std::uint16_t status, std::string_view text) {
  response answer;
  answer.status = status;
  answer.body.reserve(text.size() + 14);
  answer.body.append(R"({"error":")").append(text).append("\"}\n");
  return answer;
}

response too_many_requests(std::chrono::seconds retry_after) {
  response answer = error_response(429, "too many requests");
  answer.retry_after = std::max(retry_after, std::chrono::seconds(1));
  return answer;
}

std::string_view reason_phrase(std::uint16_t status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

void write(const response& answer, const framing& how, std::string& out) {
  append_status_line(out, answer.status);
  out.append("Date: ").append(how.date).append("\r\n");
  if (answer.stream) {
    // Caches and proxies that gather an answer before they pass it on would hold the events back.
    out +=
        "Content-Type: text/event-stream\r\n"
        "Cache-Control: no-store, no-transform\r\n"
        "X-Accel-Buffering: no\r\n";
  } else if (answer.status != 204) {
    out.append("Content-Type: ").append(answer.content_type).append("\r\nContent-Length: ");
    append_number(out, answer.body.size());
    out += "\r\n";
  }
  if (!answer.allow.empty()) {
    out.append("Allow: ").append(answer.allow).append("\r\n");
  }
  if (answer.retry_after.count() > 0) {
    out += "Retry-After: ";
    append_number(out, static_cast<std::uint64_t>(answer.retry_after.count()));
    out += "\r\n";
  }
  out += answer.fields;
  out += how.cors_headers;
  if (!how.keep_alive) {
    out += "Connection: close\r\n";
  } else if (how.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (!how.head && answer.status != 204) {
    out += answer.body;
  }
}

std::string_view date_cache::at(std::chrono::sys_seconds now) {
  if (size_ == 0 || now != second_) {
    // strftime would take the day and month names from the locale; HTTP's are fixed.
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t at = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    gmtime_r(&at, &utc);
    const int written =
        std::snprintf(text_, sizeof text_, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday % 7], utc.tm_mday,
                      months[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    size_ = static_cast<std::size_t>(written);
    second_ = now;
  }
  return {text_, size_};
}

}  // namespace c2c::http
