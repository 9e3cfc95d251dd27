#include "http/certificate.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

namespace c2c::http {
namespace {

template <auto Free>
struct freed {
  void operator()(auto* what) const { Free(what); }
};

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 32> text{};
  const bool known =
      ASN1_TIME_to_tm(time, &parts) == 1 && std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) > 0;
  return known ? text.data() : "an unreadable date";
}

// As RFC 4514 writes it, what is no visible ASCII escaped.
std::string written(const X509_NAME* name) {
  const std::unique_ptr<BIO, freed<BIO_free>> into(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  X509_NAME_print_ex(into.get(), name, 0, XN_FLAG_RFC2253);
  const long size = BIO_get_mem_data(into.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

bool is_issuer_beside(SSL_CTX* of, X509* certificate) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(of, static_cast<void*>(&chain));
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    if (X509_check_issued(sk_X509_value(chain, i), certificate) == X509_V_OK) {
      return true;
    }
  }
  return false;
}

// An authority that this system trusts, and so presumably others.
bool has_trusted_issuer(X509* certificate) {
  const std::unique_ptr<X509_STORE, freed<X509_STORE_free>> trusted(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, freed<X509_STORE_CTX_free>> search(X509_STORE_CTX_new());
  if (!trusted || !search || X509_STORE_set_default_paths(trusted.get()) != 1 ||
      X509_STORE_CTX_init(search.get(), trusted.get(), certificate, nullptr) != 1) {
    return false;
  }
  X509* found = nullptr;
  const bool is_there = X509_STORE_CTX_get1_issuer(&found, search.get(), certificate) == 1;
  X509_free(found);
  return is_there;
}

bool can_be_opened_by_everybody(const std::string& file) {
  struct stat facts{};
  return ::stat(file.c_str(), &facts) == 0 && (facts.st_mode & S_IRWXO) != 0;
}

}  // namespace

certificate_faults find_faults(boost::asio::ssl::context& made, const std::string& certificate_file,
                               const std::string& key_file, std::chrono::system_clock::time_point now) {
  certificate_faults out;
  X509* const own = SSL_CTX_get0_certificate(made.native_handle());
  std::time_t at = std::chrono::system_clock::to_time_t(now);
  if (X509_cmp_time(X509_get0_notAfter(own), &at) < 0) {
    out.refused.push_back(fmt::format(
        "server.tls_cert: {} has expired on {}, and clients refuse it: put the renewed one there and reload",
        certificate_file, day_of(X509_get0_notAfter(own))));
  } else if (X509_cmp_time(X509_get0_notBefore(own), &at) > 0) {
    out.refused.push_back(fmt::format(
        "server.tls_cert: {} is not valid before {}, and clients refuse it: look at this machine's clock, or put one "
        "there that is",
        certificate_file, day_of(X509_get0_notBefore(own))));
  }
  if (X509_self_signed(own, 0) != 1 && !is_issuer_beside(made.native_handle(), own) && !has_trusted_issuer(own)) {
    out.doubtful.push_back(fmt::format(
        "server.tls_cert: {} has no certificate of its issuer, {}, and this system trusts no such authority: append "
        "it, or clients that do not have it refuse the connection",
        certificate_file, written(X509_get_issuer_name(own))));
  }
  if (can_be_opened_by_everybody(key_file)) {
    out.doubtful.push_back(
        fmt::format("server.tls_key: everybody on this machine can open {0}: chmod o= {0}", key_file));
  }
  return out;
}

}  // namespace c2c::http
