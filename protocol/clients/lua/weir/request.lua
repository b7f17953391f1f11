--- What a web server's request says, as a CHECK.

local frame = require "weir.frame"

local sub, lower, find = string.sub, string.lower, string.find

local request = {}

--- The key of an `Authorization` field of the form `Bearer KEY`; nil for any other, which is no key of ours.
function request.bearer(field)
  if not field or #field <= 7 or lower(sub(field, 1, 7)) ~= "bearer " then return nil end
  local start = find(field, "[^ ]", 8)
  return start and sub(field, start) or nil
end

--- A request target without its query, which the agent does not look at.
function request.path(target)
  local mark = find(target, "?", 1, true)
  return mark and sub(target, 1, mark - 1) or target
end

local function text(value) return type(value) == "string" and value or tostring(value) end

local STANDARD = { api_key = true, ip = true, method = true, path = true, host = true }
-- The attributes of the request in hand; nothing yields while they are gathered.
local list = {}

--- The attributes of a request.
--
-- @param key, ip, method, path, host  what the server knows; nil or "" for nothing
-- @param more  further attributes by name, which outrank these; false leaves one out. May be nil.
-- @return as `frame.attributes`
function request.attributes(key, ip, method, path, host, more)
  list[1], list[2], list[3], list[4], list[5] = "api_key", key or "", "ip", ip or "", "method"
  list[6], list[7], list[8], list[9], list[10] = method or "", "path", path or "", "host", host or ""
  local count = 10
  if more then
    for index = 1, 9, 2 do
      local value = more[list[index]]
      if value ~= nil then list[index + 1] = value and text(value) or "" end
    end
    for name, value in pairs(more) do
      if not STANDARD[name] and value then
        list[count + 1], list[count + 2] = name, text(value)
        count = count + 2
      end
    end
  end
  return frame.attributes(list, count)
end

return request
