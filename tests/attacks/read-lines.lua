-- nothing: more lines than some counters have.
--* 70000 "\n"

local function attack () end
