"""The loop and its parts: batches, schedule, objective, state, prediction."""
