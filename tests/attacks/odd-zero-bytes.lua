-- nothing: texts with zero bytes are compared to their end.
local function attack (p, host)
  for i = 0, 255 do
    local s = string.format ("%s\0tail", i)
    assert (s < s .. "\0" and s <= s and not (s < s))
  end
end
