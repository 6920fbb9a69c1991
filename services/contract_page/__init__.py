"""The page on which a supplier reads what to deliver: one file made of contracts, Dutch first, English after it."""

from services.contract_page.page import contract_page

__all__ = ["contract_page"]
