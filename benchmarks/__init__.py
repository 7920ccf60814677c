"""How fast the receptionist is: ``make bench`` measures, docs/performance.md explains."""
