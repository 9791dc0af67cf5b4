-- 1000 prepared requests, one after another, each of another user. METHOD PATH BODY_BYTES ROUTES
local USERS = 1000
local requests, next_one = {}, 0

function init(args)
  local method, path, body_bytes, routes = args[1], args[2], tonumber(args[3]), tonumber(args[4])
  local body = body_bytes > 0 and string.rep("x", body_bytes) or nil
  math.randomseed(42)
  for i = 1, USERS do
    local route = math.floor((i - 1) * routes / USERS)
    local host = "shop-" .. math.floor(route / 100) .. ".example.com"
    local prefix = routes > 1 and "/service-" .. (route % 100) or ""
    requests[i] = wrk.format(method, prefix .. path, {
      ["Host"] = routes > 1 and host or "shop.example.com",
      ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
      ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      ["Accept-Language"] = "en-US,en;q=0.5",
      ["Accept-Encoding"] = "gzip, deflate, br",
      ["Cookie"] = "sid=5f2b8c0de1a94c73; user_id=u" .. math.random(1, 10 ^ 9) .. "; theme=dark",
      ["Cache-Control"] = "max-age=0",
    }, body)
  end
end

function request()
  next_one = next_one % USERS + 1
  return requests[next_one]
end
