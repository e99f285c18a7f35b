"""The OpenAI-compatible client."""
