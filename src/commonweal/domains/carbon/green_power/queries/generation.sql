-- Generation of some contracts by the hour.
SELECT generation_hourly.contract, started_at, energy_kwh
FROM generation_hourly
INNER JOIN asked ON generation_hourly.contract = asked.contract
