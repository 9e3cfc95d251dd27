import { done, failed, type FailureCode, type Result } from "./types.js";

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface Request {
  method: "GET" | "POST" | "DELETE";
  /** Below the server's address, without a leading slash. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Milliseconds until the answer's headers. */
  timeout: number;
  signal?: AbortSignal | undefined;
  /** What a 401 means here. */
  unauthorized: FailureCode;
}

/** No answer of the service is longer; what is longer comes from something else. */
const MOST_CHARACTERS = 64 * 1024;

/** An answer with status 2xx whose body is not read yet. `close` gives the connection up. */
export interface Answer {
  response: Response;
  close(): void;
}

/** The service's address with a slash at its end, so that paths go below it; undefined where it is no http(s) address. */
export function baseUrl(server: string): string | undefined {
  let url: URL;
  try {
    url = new URL(server.trim());
  } catch {
    return undefined;
  }
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password || url.search || url.hash) return undefined;
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** Sends one request. Aborted by the signal, by the deadline until the headers are there, and by `close`. */
export async function send(fetch: Fetch, base: string, request: Request): Promise<Result<Answer>> {
  const stop = new AbortController();
  let late = false;
  const timer = setTimeout(() => ((late = true), stop.abort()), request.timeout);
  const onAbort = () => stop.abort();
  request.signal?.addEventListener("abort", onAbort);
  if (request.signal?.aborted) stop.abort();
  try {
    const response = await fetch(base + request.path, {
      method: request.method,
      headers: { ...request.headers, ...(request.body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: stop.signal,
    });
    if (!response.ok) {
      const refused = await refusal(response, request.unauthorized);
      request.signal?.removeEventListener("abort", onAbort);
      return refused;
    }
    const close = () => {
      request.signal?.removeEventListener("abort", onAbort);
      stop.abort();
    };
    return done({ response, close });
  } catch (error) {
    request.signal?.removeEventListener("abort", onAbort);
    if (request.signal?.aborted) return failed("aborted", "aborted by the caller");
    if (late) return failed("timeout", `no answer within ${request.timeout} ms`);
    return failed("network", describe(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Sends one request and reads its answer as a JSON object; an empty answer is an empty object. */
export async function ask(fetch: Fetch, base: string, request: Request): Promise<Result<{ status: number; json: Record<string, unknown> }>> {
  const sent = await send(fetch, base, request);
  if (!sent.ok) return sent;
  const { response, close } = sent.value;
  const timer = setTimeout(close, request.timeout);
  try {
    const json = toObject(response.status === 204 ? "{}" : await response.text());
    return json ? done({ status: response.status, json }) : failed("protocol", "the answer is not a JSON object", { status: response.status });
  } catch (error) {
    return request.signal?.aborted ? failed("aborted", "aborted by the caller") : failed("network", describe(error));
  } finally {
    clearTimeout(timer);
    close();
  }
}

const BY_STATUS: Record<number, FailureCode> = {
  400: "badRequest",
  403: "forbidden",
  404: "unknownCall",
  409: "idenInUse",
  413: "badRequest",
  422: "notRegistered",
  429: "throttled",
  500: "backend",
  502: "backend",
  503: "overloaded",
  504: "backend",
};

async function refusal(response: Response, unauthorized: FailureCode): Promise<Result<never>> {
  const { status } = response;
  let text = "";
  try {
    text = await response.text();
  } catch {
    // The status alone says enough.
  }
  const error = toObject(text)?.["error"];
  const after = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const known = error === "destination not allowed" ? "notAllowed" : BY_STATUS[status];
  const code = status === 401 ? unauthorized : (known ?? "protocol");
  return failed(code, typeof error === "string" ? error : `status ${status}`, {
    status,
    ...(Number.isFinite(after) && after >= 0 ? { retryAfter: after } : {}),
  });
}

function toObject(text: string): Record<string, unknown> | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error.message + cause;
}
