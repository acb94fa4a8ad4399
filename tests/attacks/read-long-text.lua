-- nothing: and so is a text.
local s = [[
--* 200000 "a"
]]

local function attack () end
