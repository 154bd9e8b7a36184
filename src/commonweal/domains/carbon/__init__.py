"""Energy and carbon: from meters, bills, fuels and traffic to coal equivalent and tCO2e."""
