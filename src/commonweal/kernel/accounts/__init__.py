"""Who may do what where: roles granted over subtrees of the organisation, and delegation."""
