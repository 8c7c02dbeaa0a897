-- Search tokens that a history import has written and not yet sorted into the index of `token`. Tokens lie all over that index:
-- one by one, each of them would rewrite a page of it.
CREATE TABLE token_staged (
    token BIGINT NOT NULL,
    guest_id UUID NOT NULL
);
