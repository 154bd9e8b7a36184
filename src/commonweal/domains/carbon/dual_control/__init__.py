"""Dual control of energy and carbon: shares of the target, outlook, reasons of change, measures."""
