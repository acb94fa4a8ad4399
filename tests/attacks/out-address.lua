-- nothing: nothing tells where in memory it lies.
local function attack (p, host)
  local things = { { }, error, p, host, function () end, any }
  for _, thing in ipairs (things) do
    assert (not tostring (thing):find "0x")
    assert (not string.format ("%s %30s", thing, thing):find "0x")
  end
end
