"""The supervisor of `leerlus up --detach`."""

from services.supervisor.detached import main

main()
