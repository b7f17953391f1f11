--- One write, then frames until everything that was asked has its answer. The same for cosockets and luasocket, which
-- both have `send` and `receive`.

local frame = require "weir.frame"

local header = frame.header

--- Asks over a connection that owes nothing.
--
-- @param socket  connected
-- @param bytes  the frames, in one piece
-- @param ids  the ids of those that are answered
-- @param arm  sets the socket's time-out to what is left of the deadline; false when nothing is
-- @return the payloads by id, as far as they came; then nil, or what went wrong ("timeout", "closed", or words), and the
--   code of an ERROR frame; last whether the connection is to be given up though all is well
return function(socket, bytes, ids, arm)
  local payloads, waiting = {}, #ids
  if not arm(socket) then return payloads, "timeout" end
  local sent, problem = socket:send(bytes)
  if not sent then return payloads, problem end
  local is_leaving = false
  while waiting > 0 do
    if not arm(socket) then return payloads, "timeout" end
    local head, receive_problem = socket:receive(16)
    if not head then return payloads, receive_problem end
    local length, operation, id = header(head)
    if not length then return payloads, "the agent's answer was not understood: " .. (operation or "incomplete") end
    local payload = ""
    if length > 16 then
      if not arm(socket) then return payloads, "timeout" end
      payload, receive_problem = socket:receive(length - 16)
      if not payload then return payloads, receive_problem end
    end
    if operation == frame.ERROR then
      local refusal = frame.error(payload)
      return payloads, "the agent refused a frame: " .. (refusal and refusal.message or "no reason"), refusal and refusal.code
    elseif operation == frame.GOAWAY then
      -- What was sent is still answered; the next request goes over another connection.
      is_leaving = true
    elseif payloads[id] == nil then
      for index = 1, #ids do
        if ids[index] == id then
          payloads[id] = payload
          waiting = waiting - 1
        end
      end
    end
  end
  return payloads, nil, nil, is_leaving
end
