--- The HTTP response to a decision, byte for byte as the agent's HTTP door gives it.

local ceil, floor, format = math.ceil, math.floor, string.format

local response = {}

local PHRASES = {
  [400] = "Bad Request", [401] = "Unauthorized", [402] = "Payment Required", [403] = "Forbidden",
  [429] = "Too Many Requests", [431] = "Request Header Fields Too Large", [503] = "Service Unavailable",
}
local QUOTA = '"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",'
  .. '"title":"Request cannot be satisfied as assigned quota has been exceeded"'
local CAPACITY = '"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",'
  .. '"title":"Request cannot be satisfied due to temporary server capacity constraints"'
local HEADS = {
  rate = QUOTA, quota = QUOTA, concurrency = QUOTA, ["too-large"] = QUOTA, overload = CAPACITY,
}

--- Whole seconds of microseconds, never too early.
local function seconds(microseconds) return ceil(microseconds / 1000000) end

--- The parameters behind a quota: its unit where that is not requests, and its window; requests at once have none.
local function unit(answer)
  local name, window = answer.unit, answer.window
  local text = (name == "content-bytes" or name == "concurrent-requests") and format(';qu="%s"', name) or ""
  if window > 0 and name ~= "concurrent-requests" then text = text .. format(";w=%d", window) end
  return text
end

--- The values of `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10); nil, nil where no limit
-- is named. A rule's name needs no escapes in a string of structured fields.
function response.rate_limit(answer)
  if answer.limit == 0 or answer.rule == "" then return nil, nil end
  local wait = answer.decision == "allow" and answer.reset or answer.retry_after
  local policy = format('"%s";q=%.0f%s', answer.rule, answer.limit, unit(answer))
  if wait == math.huge then return format('"%s";r=%.0f', answer.rule, answer.remaining), policy end
  return format('"%s";r=%.0f;t=%.0f', answer.rule, answer.remaining, seconds(wait)), policy
end

--- The value of `Retry-After` for a denial; nil where the request can never pass.
function response.retry_after(answer)
  if answer.retry_after == math.huge then return nil end
  return format("%.0f", math.max(1, seconds(answer.retry_after)))
end

local function problem(status, reason, rule)
  return format('{%s,"status":%d,"reason":"%s"%s}',
    HEADS[reason] or format('"type":"about:blank","title":"%s"', PHRASES[status] or "Denied"),
    status, reason, rule and format(',"violated-policies":["%s"]', rule) or "")
end

--- The line of `application/problem+json` (RFC 9457) of a denial.
function response.problem(answer)
  return problem(answer.status, answer.reason, answer.limit > 0 and answer.rule ~= "" and answer.rule or nil)
end

local function fields(status, reason, body)
  return {
    status = status, body = body or problem(status, reason), cache_control = "no-store",
    content_type = "application/problem+json",
    authenticate = status == 401 and 'Bearer realm="api"' or nil,
  }
end

--- The response to a denial: `status`, `body`, and the values of its header fields, nil where one is not sent.
function response.denial(answer)
  local made = fields(answer.status, answer.reason, response.problem(answer))
  made.rate_limit, made.policy = response.rate_limit(answer)
  made.retry_after = response.retry_after(answer)
  return made
end

--- The response where the agent cannot be asked and requests must not pass.
function response.unavailable()
  local made = fields(503, "overload")
  made.retry_after = "1"
  return made
end

--- The response to a request that says more than can be asked about, or contradicts itself: whatever happens in
-- trouble, no client chooses it.
function response.refusal(status) return fields(status, status == 431 and "request-too-large" or "bad-request") end

--- What a report says of a response's status: no response at all is the client's doing (499).
function response.reported_status(status)
  status = floor(tonumber(status) or 0)
  if status < 100 or status > 599 then return 499 end
  return status
end

return response
