-- spent: to make an error text and not raise it is harmless, and costs.
local function attack (p, host)
  while true do
    local text = "error: " .. tostring (p)
    if text == "" then error (text) end
  end
end
